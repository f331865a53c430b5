/** German, French, Spanish, Portuguese, Italian, Dutch, Swedish and Danish, Turkish: as `english.ts`, the commonest reasons only. */
import type { Phrases } from './phrases.ts';

const german: Phrases = {
  user_not_found: [
    '{benutzer|empfänger|postfach|adressat|konto|mailbox|e-mail-adresse|empfängeradresse} {unbekannt|nicht gefunden|existiert nicht|ist unbekannt|ist nicht bekannt|gibt es nicht|nicht vorhanden|konnte nicht gefunden werden|ist ungültig|ist hier nicht bekannt}',
    '{kein|keine} {solcher benutzer|solches postfach|postfach mit diesem namen|benutzer dieses namens|solche adresse|gültiger empfänger}',
    '{die|diese} {adresse|e-mail-adresse|mailbox} {ist nicht vergeben|existiert nicht mehr|wurde gelöscht|ist nicht mehr gültig|ist falsch geschrieben}',
    '{unbekannter|ungültiger} {empfänger|benutzer|adressat}',
  ],
  mailbox_disabled: [
    '{postfach|konto|benutzer|mailbox|adresse} {ist |wurde |}{gesperrt|deaktiviert|abgeschaltet|stillgelegt|nicht aktiv|inaktiv|eingestellt|geschlossen|vorübergehend gesperrt}',
    'der {empfänger|kunde} hat {sein postfach|das konto} {gekündigt|lange nicht benutzt|seit monaten nicht genutzt}',
  ],
  mailbox_full: [
    '{postfach|mailbox|speicher|konto|posteingang} {des empfängers |des benutzers |}{ist |}{voll|überfüllt|über der quota|erschöpft|ausgeschöpft}',
    '{speicherplatz|quota|kontingent|speichergrenze|postfachgröße} {überschritten|erschöpft|aufgebraucht|ist erreicht|des postfachs überschritten}',
    'der {benutzer|empfänger} hat {zu viele nachrichten|keinen platz mehr|sein limit erreicht}',
    'nicht genügend {speicherplatz|platz} im postfach',
  ],
  domain_not_found: [
    '{domain|domäne|rechner|host|zieldomain} {existiert nicht|nicht gefunden|unbekannt|kann nicht aufgelöst werden|hat keinen mx-eintrag|nimmt keine mail an}',
    'der {domainname|teil hinter dem at-zeichen} {ist falsch|existiert nicht}',
  ],
  spam_filter: [
    '{nachricht|mail|e-mail} {wurde |}als spam {erkannt|eingestuft|abgelehnt|zurückgewiesen|klassifiziert}',
    '{spamverdacht|spam-filter|spamfilter|werbung}: {nachricht|mail|annahme} {abgelehnt|verweigert|blockiert}',
  ],
  reputation_block: [
    '{ihre|die} {ip-adresse|ip|absender-ip} {ist gesperrt|steht auf einer sperrliste|ist auf der schwarzen liste|wurde blockiert|hat einen schlechten ruf}',
    '{ihr|der} {server|mailserver|absender} {ist gesperrt|steht auf einer schwarzen liste|ist als spamquelle bekannt}',
    'annahme von ihrem server verweigert wegen {schlechter reputation|spamversands|missbrauchs}',
  ],
  policy_rejection: [
    '{annahme|nachricht|zugriff|absender|mail|e-mail} {verweigert|abgelehnt|nicht erlaubt|nicht gestattet|verboten} {aus|wegen|durch} {richtlinien|sicherheitsgründen|lokaler regeln|der richtlinie}',
    '{absender|sie} {ist nicht berechtigt|sind nicht berechtigt|dürfen nicht} {an diese adresse|an diese gruppe|an diesen empfänger} {zu senden|senden|schreiben}',
    'absenderadresse {ungültig|abgelehnt|existiert nicht|unbekannt}',
  ],
  content_filter: ['{anhang|dateityp|inhalt|link} {nicht erlaubt|verboten|blockiert|abgelehnt|unzulässig}'],
  virus_detected: ['{virus|schadsoftware|trojaner} {gefunden|erkannt|entdeckt|im anhang}'],
  message_too_large: [
    '{nachricht|mail|anhang} {ist |}zu {groß|gross|umfangreich}',
    '{maximale|zulässige} {größe|nachrichtengröße} {überschritten|erreicht}',
  ],
  rate_limiting: [
    'zu viele {nachrichten|verbindungen|empfänger|mails} {von ihrem server|in kurzer zeit|pro stunde|}',
    '{bitte|} später erneut versuchen, {limit|grenze|rate} {überschritten|erreicht}',
  ],
  connection_timeout: [
    '{verbindung|server} {abgebrochen|zeitüberschreitung|nicht erreichbar|antwortet nicht|konnte nicht aufgebaut werden|verweigert}',
    'zeitüberschreitung {bei der zustellung|beim verbindungsaufbau}',
  ],
  server_error: [
    '{interner|vorübergehender|technischer} {fehler|serverfehler|systemfehler}',
    'dienst {vorübergehend|derzeit} nicht verfügbar',
  ],
  relay_denied: [
    '{relaying|weiterleitung|relay} {nicht erlaubt|verweigert|abgelehnt}',
    'domain wird hier nicht {verwaltet|angenommen}',
  ],
  authentication_failed: [
    '{spf|dkim|dmarc}-{prüfung|richtlinie} {fehlgeschlagen|nicht bestanden|verletzt}',
    'absender nicht {authentifiziert|für diese domain berechtigt}',
  ],
  vacation_reply: [
    '{ich bin|zurzeit bin ich|bis montag bin ich} {im urlaub|nicht im büro|abwesend|außer haus|in elternzeit}',
    '{abwesenheitsnotiz|automatische antwort|vielen dank für ihre nachricht}{|, ich melde mich}',
  ],
  unknown: [
    '{ihre nachricht|die mail} {konnte nicht zugestellt werden|wurde nicht zugestellt}',
    'zustellung {fehlgeschlagen|nicht möglich|gescheitert}',
  ],
};

const french: Phrases = {
  user_not_found: [
    "{utilisateur|destinataire|compte|adresse|boite aux lettres|boîte aux lettres|adresse e-mail|boite} {inconnu|inconnue|inexistant|inexistante|introuvable|n'existe pas|non trouvé|invalide|n'existe plus|non valide|pas connu ici}",
    "{aucun|pas d'} {utilisateur|destinataire|compte} {de ce nom|à ce nom|avec cette adresse}",
    "{cette|l'} adresse {n'existe pas|est erronée|n'est pas valide|a été supprimée}",
  ],
  mailbox_disabled: [
    '{compte|boîte aux lettres|adresse|boite|utilisateur} {désactivé|désactivée|suspendu|suspendue|bloqué|bloquée|fermé|fermée|inactif|inactive|résilié|clôturé}',
    "{ce|le} compte {est désactivé|n'est plus actif|a été fermé|est suspendu|n'est pas activé}",
  ],
  mailbox_full: [
    '{boîte|boite|boîte aux lettres|messagerie|boîte de réception} {du destinataire |}{est |}{pleine|saturée|trop pleine|remplie}',
    '{quota|espace|espace disque|limite de stockage} {dépassé|épuisé|insuffisant|atteint|dépassée|atteinte}',
    "{le destinataire|l'utilisateur} a {dépassé son quota|trop de messages|atteint sa limite}",
  ],
  domain_not_found: [
    "{domaine|nom de domaine|hôte|serveur} {inconnu|inexistant|introuvable|n'existe pas|non trouvé}",
    "{domaine|le domaine} n'accepte pas de {mail|courrier|messages}",
  ],
  spam_filter: [
    '{message|courrier|mail} {considéré|identifié|détecté|classé|rejeté} comme {spam|indésirable|pourriel|publicité}',
    '{message|contenu} {refusé|rejeté|bloqué} par {le filtre antispam|notre antispam|le filtre anti-spam}',
  ],
  reputation_block: [
    '{votre|adresse|cette} ip {est |}{bloquée|sur liste noire|listée|refusée|blacklistée|bannie}',
    '{votre serveur|serveur|expéditeur} {est |}{bloqué|sur liste noire|de mauvaise réputation|blacklisté}',
    'mauvaise réputation de {votre ip|votre serveur|votre domaine}',
  ],
  policy_rejection: [
    '{message|mail|accès|expéditeur|connexion} {refusé|rejeté|interdit|non autorisé} {par|en raison de|selon} {la politique|notre politique|une règle|règle locale}',
    "vous n'êtes pas autorisé à {envoyer|écrire} à {ce destinataire|cette adresse|ce groupe}",
    "adresse {de l'expéditeur|d'expéditeur} {refusée|invalide|inexistante|inconnue}",
  ],
  content_filter: ['{pièce jointe|contenu|lien|fichier} {interdit|interdite|non autorisé|refusé|bloqué|bloquée}'],
  virus_detected: ['{virus|logiciel malveillant} {détecté|trouvé|dans la pièce jointe}'],
  message_too_large: [
    '{message|courrier|pièce jointe} trop {gros|volumineux|grand|long|volumineuse}',
    'taille {maximale|du message|limite} {dépassée|trop grande|supérieure à la limite}',
  ],
  rate_limiting: [
    'trop de {messages|connexions|destinataires|mails|sessions} {depuis votre ip|en peu de temps|par heure|simultanées|}',
    '{débit|limite} {dépassé|dépassée|trop élevé}, réessayez plus tard',
  ],
  connection_timeout: [
    '{connexion|délai|session} {impossible|dépassé|expiré|expirée|interrompue|refusée|perdue}',
    'serveur {injoignable|ne répond pas}',
  ],
  server_error: [
    'erreur {interne|temporaire|du serveur|système|technique}',
    'service {temporairement |momentanément |}indisponible',
  ],
  relay_denied: ['{relais|relayage} {refusé|interdit|non autorisé}'],
  authentication_failed: ['{échec|erreur} {spf|dkim|dmarc}', '{message|expéditeur} non authentifié'],
  vacation_reply: [
    "je suis {absent|absente|en congé|en vacances|en déplacement} {jusqu'au lundi|cette semaine|}",
    '{réponse automatique|absence du bureau|message automatique}',
  ],
  unknown: [
    "{votre message|le message} {n'a pas pu être remis|n'a pas été distribué|n'a pu être délivré}",
    'échec de la {remise|livraison|distribution}',
  ],
};

const spanish: Phrases = {
  user_not_found: [
    '{usuario|destinatario|buzón|buzon|cuenta|dirección|direccion|casilla} {desconocido|desconocida|no existe|inexistente|no encontrado|no encontrada|inválido|invalida|no válida|no es válida|no está registrado}',
    '{no existe|no hay|no se encuentra|no se encontró} {el|la|un|ese|esa|tal} {usuario|destinatario|buzón|cuenta|dirección|casilla}',
    'la {dirección|cuenta} de correo {no existe|ya no existe|es incorrecta|fue eliminada}',
  ],
  mailbox_disabled: [
    '{cuenta|buzón|usuario|casilla|dirección} {está |fue |ha sido |}{desactivada|deshabilitada|suspendida|bloqueada|inactiva|cancelada|cerrada|deshabilitado|bloqueado|suspendido|inactivo}',
  ],
  mailbox_full: [
    '{buzón|buzon|casilla|cuenta|bandeja} {del destinatario |del usuario |}{está |}{lleno|llena|saturado|sin espacio}',
    '{cuota|espacio|límite} {excedida|excedido|superada|agotado|insuficiente|alcanzado|de disco excedida}',
    'el {usuario|destinatario} {ha excedido su cuota|superó su cuota|no tiene espacio|tiene el buzón lleno}',
  ],
  domain_not_found: [
    '{dominio|servidor|host} {no existe|desconocido|no encontrado|inexistente|no se puede resolver}',
    'el dominio no {acepta correo|tiene registro mx}',
  ],
  spam_filter: [
    '{mensaje|correo} {considerado|identificado|detectado|clasificado|rechazado} como {spam|correo no deseado|basura|correo basura}',
    '{rechazado|bloqueado} por {el filtro antispam|antispam|filtro de spam}',
  ],
  reputation_block: [
    '{su|la|esta} {ip|dirección ip} {está |}{bloqueada|en lista negra|listada|rechazada}',
    '{su servidor|servidor|remitente} {bloqueado|en lista negra|con mala reputación}',
  ],
  policy_rejection: [
    '{mensaje|correo|acceso|remitente|envío} {rechazado|denegado|no permitido|no autorizado|prohibido} {por|según} {política|políticas|la política local|regla de seguridad}',
    'no {tiene permiso|está autorizado} {para|a} enviar a {este destinatario|este grupo|esta dirección}',
    '{dirección del remitente|remitente} {rechazada|no válido|inexistente|desconocido}',
  ],
  content_filter: ['{adjunto|archivo adjunto|contenido|enlace} {no permitido|prohibido|bloqueado|rechazado}'],
  virus_detected: ['{virus|código malicioso} {detectado|encontrado}'],
  message_too_large: [
    '{mensaje|correo|adjunto} {demasiado|muy} {grande|largo|pesado}',
    '{tamaño|tamaño máximo} {excedido|superado|del mensaje excede el límite}',
  ],
  rate_limiting: [
    '{demasiados|demasiadas} {mensajes|conexiones|correos|destinatarios} {desde su ip|en poco tiempo|por hora|}',
    'límite de envío {excedido|alcanzado|superado}',
  ],
  connection_timeout: [
    '{conexión|tiempo de espera|sesión} {rechazada|agotado|agotada|perdida|interrumpida|cerrada}',
    'servidor no {responde|disponible en la red|alcanzable}',
  ],
  server_error: ['error {interno|temporal|del servidor|del sistema}', 'servicio {temporalmente |}no disponible'],
  relay_denied: ['{relay|retransmisión|reenvío} {denegado|no permitido|denegada|no permitida}'],
  authentication_failed: ['{fallo|error|falla} de {spf|dkim|dmarc|autenticación del remitente}'],
  vacation_reply: [
    '{estoy|estaré} {de vacaciones|fuera de la oficina|ausente|de viaje} {hasta el lunes|}',
    '{respuesta automática|fuera de oficina}',
  ],
  unknown: ['{su mensaje|el mensaje|el correo} no {pudo ser entregado|se pudo entregar|fue entregado}'],
};

const portuguese: Phrases = {
  user_not_found: [
    '{usuário|usuario|utilizador|destinatário|caixa postal|conta|endereço|caixa de correio} {desconhecido|desconhecida|não existe|nao existe|inexistente|não encontrado|não encontrada|inválido|inválida|não cadastrado}',
    '{não existe|não há|não foi encontrado} {o|a|esse|este|tal} {usuário|destinatário|endereço|conta|utilizador}',
  ],
  mailbox_disabled: [
    '{conta|caixa postal|usuário|utilizador|caixa de correio} {está |foi |}{desativada|desativado|suspensa|bloqueada|bloqueado|inativa|inativo|cancelada|encerrada|desabilitada}',
  ],
  mailbox_full: [
    '{caixa postal|caixa de correio|caixa de entrada|conta} {do destinatário |do usuário |}{está |}{cheia|lotada|sem espaço}',
    '{cota|quota|espaço|limite} {excedida|excedido|ultrapassada|esgotado|insuficiente|atingido|de disco excedida}',
    'o {usuário|destinatário} {excedeu sua cota|ultrapassou o limite|está sem espaço}',
  ],
  domain_not_found: [
    '{domínio|servidor|host} {não existe|desconhecido|não encontrado|inexistente}',
    'o domínio não {aceita mensagens|possui mx|recebe e-mail}',
  ],
  spam_filter: [
    '{mensagem|e-mail} {considerada|identificada|detectada|classificada|rejeitada} como {spam|lixo eletrônico|indesejada}',
    '{rejeitada|bloqueada|recusada} pelo {filtro antispam|antispam|filtro de spam}',
  ],
  reputation_block: [
    '{seu|o|este} ip {está |foi |}{bloqueado|em lista negra|listado|recusado}',
    '{seu servidor|servidor|remetente} {bloqueado|em lista negra|com má reputação}',
  ],
  policy_rejection: [
    '{mensagem|acesso|remetente|envio} {rejeitada|recusado|negado|não permitido|não autorizado|bloqueada} {por|devido à} {política|política local|política de segurança|regra}',
    'você não {tem permissão|está autorizado} {para|a} enviar para {este destinatário|este grupo|este endereço}',
  ],
  content_filter: ['{anexo|conteúdo|arquivo|link} {não permitido|proibido|bloqueado|recusado}'],
  virus_detected: ['{vírus|código malicioso} {detectado|encontrado}'],
  message_too_large: [
    '{mensagem|anexo} {muito|demasiado} {grande|longa}',
    'tamanho {máximo |}{da mensagem |}{excedido|ultrapassado|excede o limite}',
  ],
  rate_limiting: [
    '{muitas|muitos|excesso de} {mensagens|conexões|destinatários} {do seu ip|em pouco tempo|por hora|}',
    'limite de envio {excedido|atingido}',
  ],
  connection_timeout: [
    '{conexão|tempo|sessão} {recusada|esgotado|expirada|perdida|interrompida}',
    'servidor não responde',
  ],
  server_error: ['erro {interno|temporário|do servidor|de sistema}', 'serviço {temporariamente |}indisponível'],
  relay_denied: ['{relay|retransmissão} {negado|não permitido|negada}'],
  authentication_failed: ['falha {de|na} {spf|dkim|dmarc|autenticação do remetente}'],
  vacation_reply: [
    '{estou|estarei} {de férias|fora do escritório|ausente} {até segunda|}',
    '{resposta automática|ausência temporária}',
  ],
  unknown: ['{sua mensagem|a mensagem|o e-mail} não {pôde ser entregue|foi entregue}'],
};

const italian: Phrases = {
  user_not_found: [
    '{utente|destinatario|casella|account|indirizzo|casella di posta|mailbox} {sconosciuto|sconosciuta|inesistente|non esiste|non trovato|non trovata|non valido|non valida|non presente|non esistente}',
    "{non esiste|non c'è|nessun} {l'|alcun|un|questo|} {utente|destinatario|indirizzo} {con questo nome|a questo indirizzo|}",
  ],
  mailbox_disabled: [
    '{casella|account|utente|casella di posta|utenza} {è |è stata |è stato |}{disabilitata|disattivata|sospesa|bloccata|chiusa|inattiva|disabilitato|sospeso|bloccato|disattivato|scaduta}',
  ],
  mailbox_full: [
    '{casella|casella di posta|mailbox|posta in arrivo} {del destinatario |}{è |}{piena|satura|esaurita}',
    '{quota|spazio|limite} {superata|superato|esaurito|esaurita|insufficiente|raggiunto|disco superata}',
    "{l'utente|il destinatario} ha {superato la quota|esaurito lo spazio|la casella piena}",
  ],
  domain_not_found: [
    '{dominio|server|host} {inesistente|sconosciuto|non trovato|non esiste}',
    'il dominio non {accetta posta|ha record mx|riceve messaggi}',
  ],
  spam_filter: [
    '{messaggio|posta|email} {considerato|identificato|classificato|rilevato|rifiutato|respinto} come {spam|posta indesiderata}',
    '{bloccato|respinto|rifiutato} dal {filtro antispam|sistema antispam}',
  ],
  reputation_block: [
    "{il tuo|il suo|il vostro|l'indirizzo} ip {è |}{bloccato|in blacklist|in lista nera|listato|rifiutato}",
    '{server|mittente} {in blacklist|bloccato|con cattiva reputazione}',
  ],
  policy_rejection: [
    '{messaggio|accesso|mittente|invio} {rifiutato|negato|respinto|non consentito|non autorizzato|vietato} {per|dalle|dalla} {policy|regole|politica di sicurezza|regole locali}',
    '{mittente|lei} non {è autorizzato|autorizzato} {a scrivere|a inviare} a {questo destinatario|questo gruppo|questa lista}',
    'indirizzo del mittente {non valido|inesistente|rifiutato}',
  ],
  content_filter: ['{allegato|contenuto|file|link} {non consentito|vietato|bloccato|rifiutato}'],
  virus_detected: ['{virus|codice malevolo} {rilevato|trovato}'],
  message_too_large: [
    '{messaggio|allegato} troppo {grande|lungo|pesante}',
    'dimensione {massima |}{del messaggio |}{superata|eccede il limite|oltre il limite}',
  ],
  rate_limiting: [
    '{troppi|troppe} {messaggi|connessioni|destinatari} {dal suo ip|in poco tempo|per ora|}',
    'limite di invio {superato|raggiunto}',
  ],
  connection_timeout: [
    '{connessione|tempo|sessione} {rifiutata|scaduto|scaduta|interrotta|persa}',
    'server non {risponde|raggiungibile}',
  ],
  server_error: ['errore {interno|temporaneo|del server|di sistema}', 'servizio {temporaneamente |}non disponibile'],
  relay_denied: ['{relay|inoltro} {negato|non consentito}'],
  authentication_failed: ['{verifica|controllo} {spf|dkim|dmarc} {fallita|fallito|non superato}'],
  vacation_reply: ['{sono|sarò} {in ferie|fuori ufficio|assente} {fino a lunedì|}', '{risposta automatica|fuori sede}'],
  unknown: ['{il messaggio|la sua email} non {può essere consegnato|è stato consegnato|è stata consegnata}'],
};

const dutch: Phrases = {
  user_not_found: [
    '{gebruiker|ontvanger|mailbox|postbus|adres|account|geadresseerde} {onbekend|niet gevonden|bestaat niet|is onbekend|ongeldig|is niet bekend|bestaat niet meer|niet geldig}',
    '{geen|er is geen} {gebruiker|ontvanger|mailbox|postbus} {met deze naam|op dit adres|gevonden}',
  ],
  mailbox_disabled: [
    '{account|mailbox|postbus|gebruiker} {is |}{uitgeschakeld|geblokkeerd|opgeheven|opgezegd|inactief|niet actief|gesloten|opgeschort}',
  ],
  mailbox_full: [
    '{mailbox|postbus|postvak} {van de ontvanger |}{is |}{vol|overvol}',
    '{quotum|quota|opslaglimiet|schijfruimte} {overschreden|bereikt|opgebruikt|onvoldoende}',
  ],
  domain_not_found: [
    '{domein|host|server} {bestaat niet|onbekend|niet gevonden}',
    'domein {accepteert geen mail|heeft geen mx}',
  ],
  spam_filter: [
    '{bericht|mail} {herkend|aangemerkt|geweigerd|geclassificeerd} als {spam|ongewenste mail}',
    'geweigerd door {het spamfilter|spamfilter}',
  ],
  reputation_block: [
    '{uw|dit} {ip-adres|ip|server} {is geblokkeerd|staat op een zwarte lijst|staat op een blocklist|heeft een slechte reputatie}',
  ],
  policy_rejection: [
    '{bericht|toegang|afzender} {geweigerd|niet toegestaan|verboden|afgewezen} {wegens|door|volgens} {beleid|lokaal beleid|regels}',
    'u mag niet naar {deze ontvanger|deze groep} sturen',
  ],
  message_too_large: ['{bericht|bijlage} is te {groot|lang}', 'maximale {grootte|berichtgrootte} overschreden'],
  rate_limiting: ['te veel {berichten|verbindingen|ontvangers} {vanaf uw ip|per uur|in korte tijd|}'],
  connection_timeout: ['{verbinding|server} {verbroken|geweigerd|niet bereikbaar|reageert niet|time-out}'],
  server_error: ['{interne|tijdelijke} {fout|serverfout|storing}', 'dienst tijdelijk niet beschikbaar'],
  vacation_reply: [
    'ik ben {op vakantie|afwezig|niet op kantoor} {tot maandag|}',
    '{automatisch antwoord|afwezigheidsbericht}',
  ],
  unknown: ['{uw bericht|het bericht} {kon niet worden bezorgd|is niet afgeleverd}'],
};

const nordic: Phrases = {
  user_not_found: [
    '{användaren|mottagaren|adressen|brevlådan|kontot} {finns inte|okänd|är okänd|hittades inte|existerar inte}',
    '{brugeren|modtageren|adressen|postkassen|brukeren|mottakeren} {findes ikke|ukendt|er ukendt|eksisterer ikke|finnes ikke|ble ikke funnet}',
    '{käyttäjää|vastaanottajaa|postilaatikkoa} ei {löydy|ole|löytynyt}',
  ],
  mailbox_full: [
    '{brevlådan|postlådan|inkorgen} är {full|överfull}',
    '{postkassen|indbakken|postboksen|innboksen} er {fuld|fyldt|full}',
    '{kvoten|lagringsgränsen|kvota|diskkvoten} {överskriden|er overskredet|är uppnådd}',
    'postilaatikko on täynnä',
  ],
  mailbox_disabled: [
    '{kontot|brevlådan|kontoen} {är|er} {spärrat|avstängt|inaktivt|spærret|lukket|deaktivert|deaktiveret|stengt}',
  ],
  spam_filter: ['{meddelandet|beskeden|meldingen} {klassades|blev afvist|ble avvist} som {skräppost|spam|søppelpost}'],
  vacation_reply: [
    '{jag är|jeg er} {på semester|på ferie|inte på kontoret|ikke på kontoret|bortrest}',
    '{autosvar|frånvarande|automatisk svar}',
  ],
};

const turkish: Phrases = {
  user_not_found: [
    '{kullanıcı|alıcı|adres|posta kutusu|hesap|e-posta adresi} {bulunamadı|bilinmiyor|mevcut değil|yok|geçersiz|tanımlı değil|kayıtlı değil}',
    'böyle bir {kullanıcı|adres|hesap|posta kutusu} {yok|bulunmuyor|bulunmamaktadır}',
  ],
  mailbox_disabled: [
    '{hesap|posta kutusu|kullanıcı} {kapatılmış|askıya alındı|devre dışı|pasif|engellendi|kapalı|aktif değil}',
  ],
  mailbox_full: [
    '{posta kutusu|kutu|gelen kutusu} {dolu|dolmuş}',
    '{kota|disk kotası|depolama sınırı} {aşıldı|doldu|dolmuş|yetersiz}',
    'alıcının {kotası|posta kutusu} {doldu|dolu|aşıldı}',
  ],
  domain_not_found: ['{alan adı|sunucu|alan} {bulunamadı|mevcut değil|yok}'],
  spam_filter: [
    '{ileti|mesaj|e-posta} {spam|istenmeyen posta} {olarak|diye} {algılandı|reddedildi|işaretlendi|sınıflandırıldı}',
  ],
  reputation_block: ['{ip adresiniz|sunucunuz|gönderen ip} {engellendi|kara listede|engellenmiştir|yasaklandı}'],
  policy_rejection: [
    '{ileti|erişim|gönderen} {politika|güvenlik politikası|kural} {nedeniyle|gereği} {reddedildi|engellendi}',
    'bu {alıcıya|gruba} gönderme {yetkiniz|izniniz} yok',
  ],
  message_too_large: ['{ileti|mesaj|ek} çok {büyük|uzun}', 'ileti boyutu {sınırı|limiti} {aşıyor|aşıldı}'],
  rate_limiting: ['çok fazla {bağlantı|ileti|alıcı|mesaj}', 'gönderim {limiti|sınırı} aşıldı'],
  connection_timeout: ['{bağlantı|sunucu} {zaman aşımı|zaman aşımına uğradı|reddedildi|yanıt vermiyor}'],
  server_error: ['{sunucu|sistem|geçici} hatası', 'hizmet {geçici olarak |}kullanılamıyor'],
  vacation_reply: ['{izindeyim|ofis dışındayım|tatildeyim}', 'otomatik yanıt'],
};

export const european: readonly Phrases[] = [german, french, spanish, portuguese, italian, dutch, nordic, turkish];
