/** What every report says, whatever happened: how it begins and ends, and what firms hang below their mail. As `english.ts`. */
import type { Phrases } from './phrases.ts';

export const silence: Phrases = {
  unknown: [
    '{this is an|} {automatically generated|automatic|automated} {delivery status notification|delivery report|message|notice}{| from the mail server| by the mail system| about a message that you sent}',
    '{delivery to the following recipients|delivery to these addresses|your message to the following} {failed|has failed|was not possible}{| permanently| and will not be tried again}',
    '{delivery failed; will not continue trying|we have given up|no further attempts will be made|giving up on this address|not tried again}',
    '{the reason|an explanation|the cause|what went wrong} {is not known|was not given|is given below|is unknown|stands in the attachment}',
    '{nothing|no more|no details} {known|is known|was said|to say|to report|given}',
    '{your message|the original message|a copy of your mail|the headers} {is attached|follows|is returned below|is enclosed}',
    '{this email|this e-mail|this message|the mail} {has been|was} {scanned|checked|swept} {for viruses|for all viruses|for all known viruses|for viruses and spam} by {our gateway|a third party|the security service|our supplier}',
    '{this email|this message} {and any attachments|and its contents|} {is|are} {confidential|private|legally privileged} and {intended|meant} {for the addressee only|solely for the recipient|for the named recipient}',
    '{if you are not|unless you are} the {intended recipient|addressee}{, please|} {delete it|notify the sender|destroy this copy|tell us and delete this mail}',
    '{views|opinions} {expressed|stated} {in this email|here} are {those of the author|not those of the company|personal}',
    '{registered office|registered in england|company number|vat number}: {london|one high street|12345}',
    '{please do not|do not} {reply|answer} {to this message|to this mail|here}, {it was sent|it is sent} {by a machine|automatically}',
    '{for help|for more information|for further assistance}, {write to|ask|call|visit} {the postmaster|your administrator|our web site|support}',
    '{dies ist eine|das ist eine} {automatisch erzeugte|automatische} {nachricht|mitteilung|meldung}{| des mailsystems}',
    '{ceci est un|voici un} {message|rapport} {automatique|généré automatiquement}',
    '{este es un|este é um} {mensaje|aviso|aviso de entrega} {automático|generado automáticamente}',
    '{questo è un|} {messaggio|avviso} {automatico|generato automaticamente}',
    '{to jest|to} {automatyczna wiadomość|wiadomość wygenerowana automatycznie}',
    '{это|} {автоматическое сообщение|письмо создано автоматически}{| почтовой системы}',
    '{このメールは|これは}{自動送信されています|自動的に生成されたものです}',
    '{此邮件|本邮件}{由系统自动发送|为自动生成}{，请勿回复|}',
  ],
};
