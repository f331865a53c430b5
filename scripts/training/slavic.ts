/** Polish, Russian, Ukrainian, Czech and Slovak: as `english.ts`, the commonest reasons only. */
import type { Phrases } from './phrases.ts';

const polish: Phrases = {
  user_not_found: [
    '{użytkownik|adresat|odbiorca|konto|skrzynka|adres|skrzynka pocztowa} {nieznany|nieznana|nie istnieje|nie znaleziono|nie został znaleziony|nieprawidłowy|niepoprawny|nie został odnaleziony}',
    '{brak|nie ma} {takiego|takiej|} {użytkownika|skrzynki|konta|adresata|odbiorcy}{| na tym serwerze}',
  ],
  mailbox_disabled: [
    '{konto|skrzynka|użytkownik} {jest |zostało |została |}{zablokowane|zablokowana|nieaktywne|nieaktywna|wyłączone|zawieszone|zamknięte|usunięte}',
  ],
  mailbox_full: [
    '{skrzynka|skrzynka odbiorcza|skrzynka pocztowa|konto} {odbiorcy |adresata |}{jest |}{pełna|przepełniona|zapełniona|przepełnione}',
    '{przekroczono|przekroczony|brak} {limit|quota|limit pojemności|miejsca w skrzynce|miejsca na dysku|pojemność skrzynki}',
  ],
  domain_not_found: ['{domena|serwer|host} {nie istnieje|nieznana|nie znaleziono|nieznany}'],
  spam_filter: [
    '{wiadomość|mail|list} {uznana|uznany|rozpoznana|odrzucona|sklasyfikowana} {za|jako} {spam|niechciana}',
    'odrzucono przez filtr antyspamowy',
  ],
  reputation_block: [
    '{twój|wasz|adres|ten} {adres ip|ip|serwer} {jest |}{zablokowany|na czarnej liście|na liście rbl}',
  ],
  policy_rejection: [
    '{wiadomość|dostęp|nadawca} {odrzucona|zabroniony|odrzucony|niedozwolony} {przez|z powodu|zgodnie z} {polityki|polityką|zasad|regułą}',
    'nadawca nie ma {prawa|uprawnień} do wysyłania {do tego odbiorcy|do grupy}',
  ],
  message_too_large: [
    '{wiadomość|załącznik} {jest |}{za duża|zbyt duży|zbyt duża|za duży}',
    'przekroczono {maksymalny|dopuszczalny} rozmiar wiadomości',
  ],
  rate_limiting: [
    'zbyt wiele {wiadomości|połączeń|odbiorców} {z tego adresu|w krótkim czasie|na godzinę|}',
    'przekroczono limit wysyłania',
  ],
  connection_timeout: ['{połączenie|serwer} {przerwane|odrzucone|nie odpowiada|nieosiągalny|przekroczono czas}'],
  server_error: ['błąd {wewnętrzny|serwera|systemu|tymczasowy}', 'usługa {chwilowo |}niedostępna'],
  vacation_reply: [
    '{jestem|będę} {na urlopie|poza biurem|nieobecny|nieobecna}',
    '{automatyczna odpowiedź|autoodpowiedź}',
  ],
  unknown: ['{wiadomość|twoja wiadomość} nie {mogła zostać|została} dostarczona'],
};

const russian: Phrases = {
  user_not_found: [
    '{пользователь|получатель|адресат|почтовый ящик|ящик|адрес|учетная запись|аккаунт} {не найден|не существует|неизвестен|не зарегистрирован|не обнаружен|недействителен|отсутствует|не найдена}',
    '{нет такого|неизвестный|несуществующий|неверный} {пользователя|пользователь|получатель|адресат|ящик|почтовый ящик|адреса|адрес}',
  ],
  mailbox_disabled: [
    '{почтовый ящик|ящик|аккаунт|учетная запись|пользователь} {заблокирован|отключен|отключена|закрыт|удален|неактивен|временно заблокирован|приостановлен|заблокирована}',
    'ящик не {использовался|активен} длительное время',
  ],
  mailbox_full: [
    '{почтовый ящик|ящик|папка} {получателя |адресата |пользователя |}{переполнен|заполнен|полон|полный}',
    '{превышена|исчерпана|превышен} {квота|дисковая квота|лимит|размер ящика}',
    '{недостаточно|нет} {места|свободного места} {в ящике|в почтовом ящике|на диске получателя}',
  ],
  domain_not_found: [
    '{домен|сервер|хост|узел} {не найден|не существует|неизвестен|не зарегистрирован}',
    'домен не принимает {почту|письма}',
  ],
  spam_filter: [
    '{сообщение|письмо} {распознано|определено|отклонено|признано|похоже} {как|на|} {спам|спамом}',
    'отклонено {спам-фильтром|антиспамом|по подозрению в спаме}',
    'подозрение на спам',
  ],
  reputation_block: [
    '{ваш|этот} {ip-адрес|ip|сервер|адрес} {заблокирован|в черном списке|внесен в черный список|находится в чёрном списке}',
    'низкая репутация {ip|отправителя|домена}',
  ],
  policy_rejection: [
    '{доступ|отправка|письмо|отправитель|сообщение} {запрещен|запрещена|отклонено|отклонен|не разрешена} {политикой|правилами|в соответствии с политикой|администратором}',
    'вы не {можете|имеете права} {писать|отправлять} {этому получателю|в эту группу|на этот адрес}',
    'адрес отправителя {отклонен|не существует|не проверен}',
  ],
  content_filter: ['{вложение|содержимое|ссылка|файл} {запрещено|запрещена|не разрешено|заблокировано}'],
  virus_detected: ['{обнаружен|найден} {вирус|вредоносный код}'],
  message_too_large: [
    '{сообщение|письмо|вложение} слишком {большое|велико}',
    '{превышен|превышает} {максимальный|допустимый} размер {письма|сообщения}',
  ],
  rate_limiting: [
    'слишком много {писем|соединений|получателей|сообщений} {с вашего адреса|за короткое время|в час|}',
    'превышен лимит {отправки|сообщений|подключений}',
    'попробуйте позже, серые списки',
  ],
  connection_timeout: [
    '{соединение|сервер|время ожидания} {прервано|отклонено|не отвечает|недоступен|истекло|разорвано}',
  ],
  server_error: [
    '{внутренняя|временная|системная} ошибка{| сервера}',
    '{сервис|служба} временно {недоступен|недоступна}',
  ],
  relay_denied: ['{пересылка|релей|ретрансляция} {запрещена|запрещен|не разрешена}'],
  authentication_failed: ['{проверка|ошибка} {spf|dkim|dmarc} {не пройдена|не удалась|}'],
  vacation_reply: ['{я в отпуске|меня нет в офисе|нахожусь в командировке}', '{автоответ|автоматический ответ}'],
  unknown: ['{письмо|сообщение|ваше письмо} не {доставлено|может быть доставлено}'],
};

const ukrainian: Phrases = {
  user_not_found: [
    '{користувач|користувача|отримувач|адресат|поштова скринька|скринька|адреса} {не знайдено|не існує|невідомий|невідома|не зареєстрований|недійсна|відсутній}',
    '{немає такого|невідомий|неіснуючий} {користувача|користувач|отримувач|адресат}',
  ],
  mailbox_disabled: [
    '{скринька|обліковий запис|користувач} {заблокована|вимкнена|вимкнено|неактивна|заблокований|заблоковано|видалено}',
  ],
  mailbox_full: [
    '{скринька|поштова скринька} {отримувача |}{переповнена|заповнена}',
    '{перевищено|вичерпано} {квоту|ліміт|розмір скриньки}',
    'недостатньо місця {у скриньці|на диску}',
  ],
  domain_not_found: ['{домен|сервер} {не знайдено|не існує|невідомий}'],
  spam_filter: ['{лист|повідомлення} {розпізнано|визначено|відхилено} як спам'],
  reputation_block: [
    '{ваша|ця} {ip-адреса|адреса} {заблокована|у чорному списку}',
    'ваш сервер {заблоковано|у чорному списку}',
  ],
  policy_rejection: ['{лист|доступ|відправник} {відхилено|заборонено} {політикою|правилами}'],
  message_too_large: [
    '{лист|повідомлення} {завеликий|занадто великий|занадто велике}',
    'перевищено {максимальний|допустимий} розмір листа',
  ],
  rate_limiting: ['{забагато|занадто багато} {листів|з’єднань|підключень}'],
  connection_timeout: ['{з’єднання|сервер} {розірвано|не відповідає|недоступний}'],
  server_error: ['{внутрішня|тимчасова} помилка{| сервера}', 'сервіс тимчасово недоступний'],
  vacation_reply: ['{я у відпустці|мене немає в офісі}', 'автоматична відповідь'],
};

const czech: Phrases = {
  user_not_found: [
    '{uživatel|příjemce|adresát|schránka|adresa|účet|používateľ|príjemca} {neexistuje|nenalezen|neznámý|není znám|nebyl nalezen|nebyla nalezena|neplatný|neplatná|neznáma|nenájdený}',
    '{žádný takový|neznámý|neexistující} {uživatel|příjemce|adresát}',
  ],
  mailbox_disabled: [
    '{schránka|účet|uživatel} {je |byl |byla |}{zablokována|zablokován|zrušena|zrušen|deaktivován|neaktivní|pozastaven|vypnuta}',
  ],
  mailbox_full: [
    '{schránka|poštovní schránka} {příjemce |uživatele |}{je |}{plná|přeplněná|zaplněna}',
    '{překročena|překročen|vyčerpána} {kvóta|limit schránky|kapacita|kvóta schránky}',
    'nedostatek místa ve schránce',
  ],
  domain_not_found: ['{doména|server|host} {neexistuje|nenalezena|neznámá|nenalezen}'],
  spam_filter: ['{zpráva|mail|správa} {označena|vyhodnocena|odmítnuta|rozpoznána} jako {spam|nevyžádaná pošta}'],
  reputation_block: [
    '{vaše|tato} {ip adresa|ip} {je |}{blokována|na černé listině|na blacklistu}',
    'váš server je {blokován|na blacklistu}',
  ],
  policy_rejection: [
    '{zpráva|přístup|odesílatel} {odmítnuta|odepřen|odmítnut|zakázán} {kvůli|podle|z důvodu} {pravidel|politiky}',
    'nemáte oprávnění posílat {tomuto příjemci|do skupiny}',
  ],
  message_too_large: ['{zpráva|příloha} je příliš {velká|dlouhá}', 'překročena maximální velikost zprávy'],
  rate_limiting: ['příliš mnoho {zpráv|spojení|příjemců}', 'překročen limit odesílání'],
  connection_timeout: ['{spojení|server} {přerušeno|odmítnuto|neodpovídá|nedostupný}', 'časový limit vypršel'],
  server_error: ['{vnitřní|dočasná} chyba{| serveru}', 'služba dočasně nedostupná'],
  vacation_reply: ['jsem {na dovolené|mimo kancelář}', 'automatická odpověď'],
};

export const slavic: readonly Phrases[] = [polish, russian, ukrainian, czech];
