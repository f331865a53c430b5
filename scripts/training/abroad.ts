/**
 * Of each language what is easily taken for a missing user, and what the sender is told: permission, reverse DNS, foreign domains, files,
 * sources of spam. As `english.ts`.
 */
import type { Phrases } from './phrases.ts';

const germanic: Phrases = {
  policy_rejection: [
    '{sie|absender} dürfen {nicht|keine mail|keine nachrichten} an {diese adresse|diesen empfänger|diesen verteiler} {senden|schreiben}',
    '{keine|fehlende} {berechtigung|erlaubnis|sendeberechtigung} für {diese adresse|diesen empfänger|den verteiler}',
    '{ihr|der sendende} {server|mailserver|host} {hat keinen|besitzt keinen|ohne} {ptr-eintrag|reverse-eintrag|namen im dns}',
    'der empfänger {möchte keine mail von ihnen|hat sie gesperrt|nimmt nur mail bekannter absender an}',
    '{ihre domain|die domain des absenders|ihr server} ist {uns unbekannt|nicht bekannt|nicht im dns}',
    'u {bent niet gemachtigd|heeft geen toestemming} om {naar dit adres|aan deze ontvanger} te {mailen|sturen|schrijven}',
    'u mag niet {naar dit adres|aan deze ontvanger} {mailen|sturen|schrijven}',
    'uw server heeft geen {ptr-record|reverse dns|naam in dns}',
    'du {har inte|saknar} {behörighet|tillåtelse} att skicka till {adressen|mottagaren}',
    'du har ikke {tilladelse til at sende til modtageren|tillatelse til å sende til mottakeren}',
  ],
  relay_denied: [
    '{wir nehmen|dieser server nimmt} keine {mail|post} für {fremde domains|diese domain} an',
    'für {diese domain|diese domäne} nicht zuständig',
    'deze server {accepteert|verwerkt} geen mail voor {dit domein|andere domeinen}',
  ],
  content_filter: [
    '{dateien|anhänge|anlagen} {mit der endung|vom typ|im format} {.exe|.js|.docm|} {sind gesperrt|werden nicht angenommen|sind verboten}',
    '{bestanden|bijlagen} met de extensie {.exe|.js|} worden {geweigerd|niet aangenomen}',
  ],
  reputation_block: [
    '{ihr server|die ip|der host} ist als {spamversender|spamquelle} {gelistet|bekannt|eingetragen}',
    'uw server staat bekend als bron van spam',
    '{schlechter ruf|schlechte reputation} {ihrer ip|ihres servers}',
  ],
  spam_filter: [
    '{die nachricht|ihre mail} {sieht wie|ähnelt} {werbung|spam} {aus|}',
    '{bericht|uw mail} lijkt op spam',
    'spamwahrscheinlichkeit {hoch|98 prozent}',
  ],
  server_error: [
    '{der empfänger|die adresse} konnte {zurzeit|derzeit|wegen einer störung} nicht geprüft werden',
    '{störung|technisches problem|ausfall} {im mailsystem|auf unserem server}',
    'de server is {overbelast|in onderhoud}',
  ],
  rate_limiting: [
    'zu viele {unbekannte|ungültige} {empfänger|adressen}',
    'te veel {onbekende|ongeldige} ontvangers',
    'sie senden zu viel in kurzer zeit',
  ],
  invalid_address: [
    '{ungültige zeichen|syntaxfehler|falsches format} in der {adresse|empfängeradresse}',
    'ongeldige tekens in het adres',
  ],
};

const romance: Phrases = {
  policy_rejection: [
    "vous {n'avez pas la permission d'envoyer|ne pouvez pas écrire|n'avez pas le droit d'écrire} à {cette adresse|ce destinataire}",
    "{votre serveur|le serveur d'envoi} {n'a pas|est sans} {d'enregistrement ptr|de nom dans le dns inverse|de reverse dns}",
    '{votre domaine|votre serveur} {est inconnu|nous est inconnu|est introuvable}',
    'no {tiene permiso para enviar|puede enviar|está autorizado a enviar} {correos|mensajes} a {esta dirección|este destinatario}',
    '{su servidor|el servidor remitente} no tiene {registro ptr|registro inverso|dns inverso}',
    '{su dominio|su servidor} {no existe|es desconocido}',
    'você não {tem permissão para enviar|pode enviar|está autorizado a enviar} {mensagens|e-mails} para {este endereço|este destinatário}',
    '{seu servidor|o servidor remetente} não {possui|tem} {dns reverso|registro ptr}',
    'seu domínio {não existe|é desconhecido}',
    'non {ha il permesso di inviare|può inviare|è autorizzato a scrivere} a {questo indirizzo|questo destinatario}',
    'il {suo|vostro} server non ha {un record ptr|dns inverso}',
    'il {suo|vostro} dominio {non esiste|è sconosciuto}',
  ],
  relay_denied: [
    "ce serveur {n'accepte pas|ne gère pas} {de courrier pour|} {ce domaine|d'autres domaines}",
    'este servidor no {acepta correo para|atiende} {ese dominio|otros dominios}',
    'este servidor não {aceita e-mail para|atende} {esse domínio|outros domínios}',
    'questo server non {accetta posta per|gestisce} {questo dominio|altri domini}',
  ],
  content_filter: [
    'les {fichiers|pièces jointes} {|.exe |.js }{ne sont pas acceptés|sont interdits|sont bloqués}',
    'no se {aceptan|permiten} {archivos|adjuntos} {con extensión .exe|.js|de este tipo}',
    'não são {aceitos|permitidos} {arquivos|anexos} {.exe|com essa extensão}',
    'i file {con estensione .exe|di questo tipo} non sono {ammessi|accettati}',
  ],
  reputation_block: [
    'votre {serveur|ip} est {répertorié|connu} comme source de spam',
    'su {servidor|ip} está {registrado|listado} como {emisor|fuente} de spam',
    'seu {servidor|ip} está listado por envio de spam',
    'il vostro {server|ip} è segnalato come fonte di spam',
    'mauvaise réputation de votre adresse',
  ],
  spam_filter: [
    '{le message|il} ressemble à du {spam|pourriel}',
    'su correo parece {spam|basura}',
    'a mensagem parece {spam|lixo eletrônico}',
    'il messaggio sembra spam',
  ],
  server_error: [
    "{impossible de|nous n'avons pu} vérifier {le destinataire|l'utilisateur} {pour le moment|}",
    'no se pudo {verificar|comprobar} {el usuario|la cuenta} {en este momento|}',
    'não foi possível verificar o usuário {agora|}',
    'impossibile verificare il destinatario {al momento|}',
    '{une panne|un incident} {sur notre serveur|du système}',
  ],
  rate_limiting: [
    'trop de destinataires {inconnus|invalides}',
    'demasiados destinatarios {desconocidos|inválidos}',
    'muitos destinatários {inexistentes|inválidos}',
    'troppi destinatari {sconosciuti|inesistenti}',
  ],
  invalid_address: [
    "{l'adresse|l'adresse du destinataire} est {mal formée|malformée}",
    '{la dirección|el destinatario} {tiene caracteres no válidos|está mal formada|tiene un formato incorrecto}',
    'endereço {malformado|com formato inválido}',
    'indirizzo {malformato|con sintassi errata}',
  ],
};

const slavonic: Phrases = {
  policy_rejection: [
    'nie {masz uprawnień do wysyłania|możesz wysyłać|masz zgody na wysyłanie} {na ten adres|do tego odbiorcy}',
    '{serwer nadawcy|twój serwer} nie ma {rekordu ptr|wpisu revdns|nazwy w dns}',
    '{twoja domena|państwa domena} {nie istnieje|jest nieznana}',
    '{у вас нет прав|вам запрещено|вы не можете} {отправлять|писать} {на этот адрес|этому получателю}',
    '{отсутствует ptr-запись|отсутствует обратная запись|нет ptr-записи|нет имени в dns} для {вашего сервера|вашего ip}',
    'ваш домен {не найден|не существует|нам неизвестен}',
    '{вам не дозволено|у вас немає прав} {писати|надсилати} {на цю адресу|цьому одержувачу}',
    'немає {ptr-запису|зворотного запису} для вашого сервера',
    'nemáte {oprávnění|právo} {posílat|psát} {na tuto adresu|tomuto příjemci}',
    'chybí ptr záznam {vašeho serveru|odesílajícího serveru}',
    'bu {adrese|alıcıya} {gönderme yetkiniz|yazma izniniz} {yok|bulunmuyor}',
    'sunucunuzun {ters dns|ptr} kaydı {yok|bulunamadı}',
    'alan adınız {tanınmıyor|bulunamadı}',
  ],
  relay_denied: [
    'ten serwer nie obsługuje {poczty dla |}tej domeny',
    'этот сервер не обслуживает {данный|этот} домен',
    'цей сервер не обслуговує цей домен',
    'tento server neobsluhuje tuto doménu',
    'bu sunucu bu alan adı için posta kabul etmiyor',
  ],
  content_filter: [
    'pliki {z rozszerzeniem .exe|tego typu} są {zabronione|niedozwolone}',
    'файлы {с расширением .exe|этого типа} {запрещены|не принимаются}',
    'файли {з розширенням .js|цього типу} заборонені',
    'soubory {s příponou .exe|tohoto typu} nejsou povoleny',
    '{.exe uzantılı dosyalara|bu tür dosyalara} izin verilmez',
  ],
  reputation_block: [
    'twój serwer jest na liście nadawców spamu',
    'ваш сервер {занесён в список|является} {источников спама|источником спама}',
    'ваш сервер є джерелом спаму',
    'váš server je zdrojem spamu',
    'sunucunuz spam kaynağı olarak listelenmiş',
  ],
  server_error: [
    'nie można {teraz |}sprawdzić odbiorcy',
    'не удалось {проверить|установить} существование {пользователя|получателя}',
    'не вдалося перевірити {користувача|одержувача}',
    'příjemce nelze {nyní |}ověřit',
    'alıcı şu anda doğrulanamıyor',
    'на сервере произошла ошибка',
  ],
  rate_limiting: [
    'zbyt wielu {nieistniejących|nieznanych} odbiorców',
    'слишком много {несуществующих|неизвестных} {получателей|адресов}',
    'příliš mnoho neznámých příjemců',
    'çok fazla geçersiz alıcı',
  ],
  invalid_address: [
    '{nieprawidłowa|błędna} składnia adresu',
    '{синтаксическая ошибка|недопустимые символы} в адресе',
    'neplatné znaky v adrese',
    'adres biçimi hatalı',
  ],
};

const eastern: Phrases = {
  policy_rejection: [
    '{この宛先|このアドレス|この受信者}への{送信|投稿}{権限|許可}がありません',
    '送信元サーバーの{逆引き|ptrレコード}が{設定されていません|ありません}',
    '貴社のドメインが確認できません',
    '{이 수신자에게|이 주소로} {보낼|메일을 보낼} 권한이 없습니다',
    '발신 서버의 {역방향 dns|ptr 레코드}가 없습니다',
    '您{没有权限|无权}{向|给}{此|该}{地址|收件人}{发送|发信}',
    '发送服务器没有{反向解析|ptr记录|反向dns}',
    '您的域名{不存在|未备案|无法识别}',
    '您無權{寄信|寄送郵件}給此收件者',
    '寄件伺服器沒有{反解|反向解析}紀錄',
  ],
  relay_denied: [
    'このサーバーは{この|当該}ドメイン{を扱っていません|宛のメールを受け付けていません}',
    '이 서버는 해당 도메인의 메일을 처리하지 않습니다',
    '本服务器不{转发|接收}该域{的邮件|}',
    '本伺服器不轉送此網域的郵件',
  ],
  content_filter: [
    '拡張子が.exeのファイルは{受信できません|許可されていません}',
    '.exe 확장자 파일은 {허용되지 않습니다|차단됩니다}',
    '{禁止|不允许}发送扩展名为.exe的{文件|附件}',
    '不接受副檔名為.exe的檔案',
  ],
  reputation_block: [
    '{送信元ip|接続元}がスパム送信元として登録されています',
    '귀하의 서버가 스팸 발송 서버로 등록되어 있습니다',
    '您的服务器被列为垃圾邮件来源',
    '您的伺服器被列為垃圾郵件來源',
  ],
  server_error: [
    '{ユーザー|宛先}の存在を確認できませんでした',
    '사용자 확인 중 오류가 발생했습니다',
    '无法确认用户是否存在，目录服务出错',
    '系統忙碌，無法驗證收件者',
  ],
  rate_limiting: [
    '存在しない宛先への送信が多すぎます',
    '잘못된 수신자가 너무 많습니다',
    '{无效|不存在的}收件人{过多|太多}',
    '無效收件者過多',
  ],
  invalid_address: [
    '{アドレス|宛先}の形式が{正しくありません|不正です}',
    '주소 형식이 잘못되었습니다',
    '{收件人|邮箱}地址{格式错误|格式不正确}',
    '收件者地址格式{錯誤|不正確}',
  ],
};

export const abroad: readonly Phrases[] = [germanic, romance, slavonic, eastern];
