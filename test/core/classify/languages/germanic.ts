/**
 * Wordings in German, Dutch, Swedish, Danish and Norwegian, written for these tests as a postmaster or a vendor of these countries
 * would write them, with the categories that a native reader accepts. They are no examples of rules.
 */
import type { Wording } from './wording.ts';

export const german: readonly Wording[] = [
  ['550 5.1.1 Diese Mailbox gibt es bei uns nicht', 'user_not_found'],
  ['550 Der Empfänger pat@example.de ist auf diesem System nicht angelegt', 'user_not_found'],
  ['550 5.1.1 Empfaengeradresse ungueltig', 'user_not_found', 'invalid_address'],
  [
    'Die von Ihnen eingegebene E-Mail-Adresse konnte nicht gefunden werden. Überprüfen Sie die E-Mail-Adresse des Empfängers, und versuchen Sie dann, die Nachricht erneut zu senden.',
    'user_not_found',
  ],
  ['pat wurde unter example.de nicht gefunden, oder das Postfach ist nicht erreichbar.', 'user_not_found'],
  ['550 5.2.1 Das Konto wurde auf Wunsch des Kunden geschlossen', 'mailbox_disabled'],
  ['550 Mailbox inaktiv, da der Nutzer sich länger als 12 Monate nicht angemeldet hat', 'mailbox_disabled'],
  ['550 5.7.1 Diese Adresse wird nicht mehr verwendet', 'mailbox_disabled', 'user_not_found'],
  [
    '551 Mitarbeiter hat das Unternehmen verlassen, bitte wenden Sie sich an office@example.de',
    'mailbox_disabled',
    'mailbox_moved',
    'user_not_found',
  ],
  ['551 5.1.6 Der Teilnehmer ist verzogen, bitte benutzen Sie ab sofort pat@example.org', 'mailbox_moved'],
  ['552 5.2.2 Der Speicherplatz des Empfängers ist erschöpft', 'mailbox_full'],
  [
    'Das Postfach des Empfängers ist voll und kann zurzeit keine Nachrichten annehmen. Versuchen Sie es später noch einmal, oder wenden Sie sich direkt an den Empfänger.',
    'mailbox_full',
  ],
  ['452 4.2.2 Kontingent des Benutzers ausgeschoepft', 'mailbox_full'],
  [
    'Die Domäne exmaple.de existiert nicht. Bitte prüfen Sie die Schreibweise hinter dem @-Zeichen.',
    'domain_not_found',
  ],
  ['550 5.4.4 Zu der Domain exmaple.de konnte kein Mailserver gefunden werden', 'domain_not_found'],
  [
    'Der Zielserver mx.example.de hat nicht rechtzeitig geantwortet, die Verbindung wurde abgebrochen',
    'connection_timeout',
  ],
  ['Keine Route zum Zielrechner: Verbindungsaufbau zu mx.example.de fehlgeschlagen', 'connection_timeout'],
  ['552 5.3.4 Die Mail überschreitet die zulässige Gesamtgröße von 20 MB', 'message_too_large'],
  ['554 5.7.1 Weiterleiten verweigert: Relay nicht zugelassen', 'relay_denied'],
  ['554 5.7.1 Unser Spamfilter hat Ihre Nachricht zurückgewiesen', 'spam_filter'],
  ['550 5.7.1 Die Nachricht enthält Anhänge eines verbotenen Typs (.exe)', 'content_filter', 'policy_rejection'],
  ['550 5.7.1 SPF-Prüfung für example.org fehlgeschlagen', 'authentication_failed'],
  ['550 5.7.1 Die DKIM-Signatur ist ungültig, die DMARC-Richtlinie verlangt die Ablehnung', 'authentication_failed'],
  ['554 5.7.1 Ihr Server 192.0.2.5 hat einen schlechten Ruf und steht auf einer Sperrliste', 'reputation_block'],
  ['450 4.7.1 Greylisting: bitte in 5 Minuten noch einmal zustellen', 'rate_limiting'],
  ['421 4.7.0 Sie haben das Limit von 200 Mails je Stunde erreicht', 'rate_limiting'],
  ['452 4.3.1 Auf der Festplatte des Servers ist kein Platz mehr frei', 'system_full', 'server_error'],
  ['421 Wartungsarbeiten, der Dienst steht um 6 Uhr wieder zur Verfügung', 'server_error'],
  ['550 5.7.1 In der Nachricht wurde ein Virus gefunden: Eicar-Test-Signatur', 'virus_detected'],
  ['454 4.7.0 TLS-Aushandlung fehlgeschlagen, das Zertifikat ist abgelaufen', 'tls_failure'],
  ['554 5.4.6 Mailschleife erkannt, zu viele Zwischenstationen', 'protocol_error', 'server_error'],
  ['550 5.7.1 Der Empfänger nimmt nur Nachrichten von angemeldeten Absendern an', 'policy_rejection'],
  ['501 5.5.4 Syntaxfehler in den Parametern', 'protocol_error'],
  ['550 5.1.8 Die Absenderdomäne example.org lässt sich nicht auflösen', 'policy_rejection', 'authentication_failed'],
];

export const dutch: readonly Wording[] = [
  ['550 5.1.1 Dit e-mailadres komt niet voor op onze server', 'user_not_found'],
  ['550 Geen mailbox met deze naam', 'user_not_found'],
  [
    'Het e-mailadres dat u hebt ingevoerd, kan niet worden gevonden. Controleer het e-mailadres van de geadresseerde en probeer het bericht opnieuw te verzenden.',
    'user_not_found',
  ],
  ['550 5.2.1 De mailbox is gesloten omdat de klant heeft opgezegd', 'mailbox_disabled'],
  ['550 Dit account is buiten gebruik gesteld', 'mailbox_disabled'],
  ['551 De gebruiker is verhuisd naar pat@example.org', 'mailbox_moved'],
  ['552 5.2.2 Het postvak van de geadresseerde is vol en kan nu geen berichten meer ontvangen', 'mailbox_full'],
  ['452 4.2.2 De gebruiker heeft zijn opslaglimiet bereikt', 'mailbox_full'],
  ['550 5.4.4 Het domein exmaple.nl bestaat niet', 'domain_not_found'],
  ['De server mx.example.nl reageert niet: verbinding verbroken na time-out', 'connection_timeout'],
  ['552 5.3.4 Uw bericht is groter dan de toegestane 20 MB', 'message_too_large'],
  ['554 5.7.1 Doorsturen geweigerd, relay niet toegestaan', 'relay_denied'],
  ['554 5.7.1 Bericht tegengehouden door het spamfilter', 'spam_filter'],
  ['550 5.7.1 SPF-controle mislukt voor example.org', 'authentication_failed'],
  ['554 5.7.1 Uw IP-adres 192.0.2.5 staat op een blokkeerlijst', 'reputation_block'],
  ['450 4.7.1 Greylisting actief, probeer het over vijf minuten opnieuw', 'rate_limiting'],
  ['550 5.7.1 U mag geen berichten naar deze distributielijst sturen', 'policy_rejection'],
  ['550 5.7.1 Er is een virus aangetroffen in de bijlage', 'virus_detected'],
  ['452 4.3.1 Onvoldoende schijfruimte op de server', 'system_full', 'server_error'],
  ['421 4.3.2 De dienst is wegens onderhoud niet beschikbaar', 'server_error'],
];

export const nordic: readonly Wording[] = [
  ['550 5.1.1 Det finns ingen användare med det namnet här', 'user_not_found'],
  [
    'E-postadressen du angav kunde inte hittas. Kontrollera mottagarens e-postadress och försök skicka meddelandet igen.',
    'user_not_found',
  ],
  ['552 5.2.2 Mottagarens postlåda är full och kan inte ta emot meddelanden just nu', 'mailbox_full'],
  ['550 5.2.1 Kontot är avstängt', 'mailbox_disabled'],
  ['552 5.3.4 Meddelandet är större än tillåtet', 'message_too_large'],
  ['554 5.7.1 Din IP-adress finns på en spärrlista', 'reputation_block'],
  ['Domänen exmaple.se finns inte', 'domain_not_found'],
  ['550 5.1.1 Modtageren findes ikke på denne server', 'user_not_found'],
  ['552 5.2.2 Modtagerens postkasse er fuld', 'mailbox_full'],
  ['550 5.7.1 Meddelelsen blev afvist som spam', 'spam_filter'],
  ['550 5.2.1 Kontoen er lukket', 'mailbox_disabled'],
  ['550 5.1.1 Mottakeren eksisterer ikke', 'user_not_found'],
  ['552 5.2.2 Innboksen til mottakeren er full', 'mailbox_full'],
  ['550 5.7.1 Du har ikke tillatelse til å sende til denne mottakeren', 'policy_rejection'],
  ['Domenet exmaple.no finnes ikke', 'domain_not_found'],
  ['450 4.7.1 For mange tilkoblinger fra 192.0.2.5', 'rate_limiting'],
];
