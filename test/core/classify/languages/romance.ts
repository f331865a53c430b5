/**
 * Wordings in French, Italian and Romanian, written for these tests as a postmaster or a vendor of these countries would write
 * them, with the categories that a native reader accepts. They are no examples of rules.
 */
import type { Wording } from './wording.ts';

export const french: readonly Wording[] = [
  ["550 5.1.1 Cette adresse n'existe pas chez nous", 'user_not_found'],
  ['550 Aucun utilisateur ne porte ce nom', 'user_not_found'],
  ["550 5.1.1 Pas d'abonné à cette adresse", 'user_not_found'],
  [
    "L'adresse de messagerie que vous avez entrée est introuvable. Vérifiez l'adresse de messagerie du destinataire et essayez de renvoyer le message.",
    'user_not_found',
  ],
  ['550 5.2.1 Le compte a été clôturé par son titulaire', 'mailbox_disabled'],
  ['550 Boite aux lettres fermee pour inactivite', 'mailbox_disabled'],
  ['550 5.2.1 La messagerie de cet abonné est suspendue', 'mailbox_disabled'],
  ["551 5.1.6 Votre correspondant a changé d'adresse : écrivez désormais à pat@example.org", 'mailbox_moved'],
  ["552 5.2.2 L'espace de stockage du destinataire est saturé", 'mailbox_full'],
  [
    'La boîte aux lettres du destinataire est pleine et ne peut pas accepter de messages pour le moment. Essayez de renvoyer ce message ultérieurement.',
    'mailbox_full',
  ],
  ['452 4.2.2 Quota de la boite aux lettres atteint', 'mailbox_full'],
  ["Le domaine exmaple.fr n'existe pas", 'domain_not_found'],
  ['550 5.4.4 Aucun serveur de messagerie trouvé pour le domaine exmaple.fr', 'domain_not_found'],
  ['Le serveur distant mx.example.fr ne répond pas', 'connection_timeout'],
  ["Impossible d'établir une connexion avec mx.example.fr", 'connection_timeout'],
  ['552 5.3.4 La taille de votre courriel dépasse la limite autorisée de 20 Mo', 'message_too_large'],
  ['554 5.7.1 Relais interdit pour pat@example.fr', 'relay_denied'],
  ['554 5.7.1 Message rejeté par notre filtre antispam', 'spam_filter'],
  [
    "550 5.7.1 Le message contient un lien malveillant et n'a pas été accepté",
    'content_filter',
    'spam_filter',
    'virus_detected',
  ],
  ['550 5.7.1 Echec de la verification SPF pour example.org', 'authentication_failed'],
  ['550 5.7.26 Message non authentifié : ni SPF ni DKIM valides', 'authentication_failed'],
  ["554 5.7.1 L'adresse IP 192.0.2.5 est blacklistée", 'reputation_block'],
  ['554 5.7.1 Mauvaise réputation de votre serveur', 'reputation_block'],
  ['450 4.7.1 Vous avez été placé en liste grise, réessayez dans cinq minutes', 'rate_limiting'],
  ['421 4.7.0 Nombre maximal de messages par heure dépassé', 'rate_limiting'],
  ['452 4.3.1 Espace disque insuffisant sur le serveur', 'system_full', 'server_error'],
  ['421 4.3.2 Serveur en maintenance, merci de renouveler votre envoi plus tard', 'server_error'],
  ['550 5.7.1 Un virus a été détecté dans votre message', 'virus_detected'],
  ['454 4.7.0 La négociation TLS a échoué', 'tls_failure'],
  ['554 5.4.6 Boucle de messagerie détectée', 'protocol_error', 'server_error'],
  ["550 5.7.1 Vous n'avez pas le droit d'écrire à ce groupe", 'policy_rejection'],
  ['501 5.5.4 Erreur de syntaxe dans les paramètres', 'protocol_error'],
  [
    "Votre message n'a pas encore été remis : le serveur du destinataire est injoignable depuis 4 heures",
    'connection_timeout',
    'delivery_delay',
  ],
];

export const italian: readonly Wording[] = [
  ['550 5.1.1 Casella inesistente o indirizzo errato', 'user_not_found'],
  ['550 Nessun utente con questo nome', 'user_not_found'],
  [
    "L'indirizzo di posta elettronica immesso non è stato trovato. Controllare l'indirizzo del destinatario e provare a inviare di nuovo il messaggio.",
    'user_not_found',
  ],
  ["550 5.1.1 L'utente non risulta registrato", 'user_not_found'],
  ["550 5.2.1 L'account e' stato chiuso dal titolare", 'mailbox_disabled'],
  ['550 Casella disattivata per inattività', 'mailbox_disabled'],
  ['550 5.2.1 Utenza sospesa per morosità', 'mailbox_disabled'],
  ['551 5.1.6 Il destinatario ha cambiato indirizzo, scrivere a pat@example.org', 'mailbox_moved'],
  ['552 5.2.2 La cassetta postale del destinatario è piena e non può accettare messaggi', 'mailbox_full'],
  ["452 4.2.2 L'utente ha superato lo spazio a disposizione", 'mailbox_full'],
  ["552 5.2.2 Mailbox piena, riprovare piu' tardi", 'mailbox_full'],
  ['Il dominio exmaple.it non esiste', 'domain_not_found'],
  ['550 5.4.4 Nessun server di posta per il dominio exmaple.it', 'domain_not_found'],
  ['Tempo scaduto durante la connessione a mx.example.it', 'connection_timeout'],
  ['Il server del destinatario non risponde', 'connection_timeout'],
  ['552 5.3.4 Il messaggio supera le dimensioni consentite', 'message_too_large'],
  ['554 5.7.1 Relay non consentito', 'relay_denied'],
  ['554 5.7.1 Messaggio respinto dal filtro antispam', 'spam_filter'],
  ['550 5.7.1 Controllo SPF fallito per example.org', 'authentication_failed'],
  ["554 5.7.1 L'indirizzo IP 192.0.2.5 si trova in una lista di blocco", 'reputation_block'],
  ['450 4.7.1 Greylisting attivo, riprovare tra cinque minuti', 'rate_limiting'],
  ["421 4.7.0 Superato il numero massimo di messaggi all'ora", 'rate_limiting'],
  ['452 4.3.1 Spazio su disco insufficiente nel sistema', 'system_full', 'server_error'],
  ['421 Servizio in manutenzione', 'server_error'],
  ["550 5.7.1 Rilevato un virus nell'allegato", 'virus_detected'],
  ['550 5.7.1 Non si dispone delle autorizzazioni per inviare a questo gruppo', 'policy_rejection'],
  [
    '550 5.7.1 Il messaggio è stato respinto perché contiene un allegato con estensione vietata',
    'content_filter',
    'policy_rejection',
  ],
];

export const romanian: readonly Wording[] = [
  ['550 5.1.1 Utilizatorul nu există pe acest server', 'user_not_found'],
  ['Adresa de e-mail introdusă nu a fost găsită. Verificați adresa de e-mail a destinatarului.', 'user_not_found'],
  ['552 5.2.2 Cutia poștală a destinatarului este plină', 'mailbox_full'],
  ['550 5.2.1 Contul a fost dezactivat', 'mailbox_disabled'],
  ['554 5.7.1 Mesaj respins ca spam', 'spam_filter'],
  ['Domeniul exmaple.ro nu exista', 'domain_not_found'],
];
