/**
 * Wordings in Turkish, Hungarian, Finnish and Greek, written for these tests as a postmaster or a vendor of these countries would
 * write them, with the categories that a native reader accepts. They are no examples of rules.
 */
import type { Wording } from './wording.ts';

export const turkish: readonly Wording[] = [
  ['550 5.1.1 Böyle bir kullanıcı yok', 'user_not_found'],
  ['550 Kullanıcı bulunamadı', 'user_not_found'],
  ['550 Alici adresi gecersiz', 'user_not_found', 'invalid_address'],
  [
    'Girdiğiniz e-posta adresi bulunamadı. Lütfen alıcının e-posta adresini denetleyin ve iletiyi yeniden göndermeyi deneyin.',
    'user_not_found',
  ],
  ['550 5.2.1 Hesap kapatılmış', 'mailbox_disabled'],
  ['550 Bu e-posta hesabı askıya alınmıştır', 'mailbox_disabled'],
  ['550 5.2.1 Hesap pasif durumda', 'mailbox_disabled'],
  ['551 5.1.6 Kullanıcının adresi değişti, yeni adres: pat@example.org', 'mailbox_moved'],
  ['Alıcının posta kutusu dolu ve şu anda ileti kabul edemiyor.', 'mailbox_full'],
  ['452 4.2.2 Kullanıcı kotası aşıldı', 'mailbox_full'],
  ['552 5.2.2 KULLANICININ POSTA KUTUSU DOLU', 'mailbox_full'],
  ['exmaple.com.tr alan adı bulunamadı', 'domain_not_found'],
  ['Sunucu mx.example.com.tr yanıt vermiyor', 'connection_timeout'],
  ['Bağlantı zaman aşımına uğradı', 'connection_timeout'],
  ['552 5.3.4 İleti boyutu izin verilen sınırı aşıyor', 'message_too_large'],
  ['554 5.7.1 Aktarma izni yok (relay)', 'relay_denied'],
  ['554 5.7.1 İletiniz istenmeyen posta olarak değerlendirildi', 'spam_filter'],
  ['550 5.7.1 SPF doğrulaması başarısız', 'authentication_failed'],
  ['554 5.7.1 IP adresiniz 192.0.2.5 kara listede', 'reputation_block'],
  ['421 4.7.0 Saatlik gönderim sınırı aşıldı', 'rate_limiting'],
  ['450 4.7.1 Çok fazla bağlantı', 'rate_limiting'],
  ['550 5.7.1 İletide virüs bulundu', 'virus_detected'],
  ['550 5.7.1 Bu gruba ileti gönderme yetkiniz yok', 'policy_rejection'],
  ['421 4.3.2 Sistem bakımda, lütfen daha sonra tekrar deneyin', 'server_error'],
  ['452 4.3.1 Sunucuda yeterli disk alanı yok', 'system_full', 'server_error'],
];

export const hungarian: readonly Wording[] = [
  ['550 5.1.1 Nincs ilyen felhasználó', 'user_not_found'],
  [
    'A megadott e-mail cím nem található. Ellenőrizze a címzett e-mail címét, és próbálja meg újra elküldeni az üzenetet.',
    'user_not_found',
  ],
  ['550 5.1.1 Ismeretlen címzett', 'user_not_found'],
  ['552 5.2.2 A címzett postaládája megtelt', 'mailbox_full'],
  ['550 5.2.1 A fiók le van tiltva', 'mailbox_disabled'],
  ['552 5.3.4 Az üzenet túl nagy', 'message_too_large'],
  ['554 5.7.1 Az IP-címe feketelistán van', 'reputation_block'],
  ['A tartomány nem létezik: exmaple.hu', 'domain_not_found'],
];

export const finnish: readonly Wording[] = [
  ['550 5.1.1 Käyttäjää ei ole olemassa', 'user_not_found'],
  ['Antamaasi sähköpostiosoitetta ei löytynyt. Tarkista vastaanottajan sähköpostiosoite.', 'user_not_found'],
  ['552 5.2.2 Vastaanottajan postilaatikko on täynnä', 'mailbox_full'],
  ['550 5.2.1 Tili on suljettu', 'mailbox_disabled'],
  ['552 5.3.4 Viesti on liian suuri', 'message_too_large'],
  ['554 5.7.1 Viesti hylättiin roskapostina', 'spam_filter'],
];

export const greek: readonly Wording[] = [
  ['550 5.1.1 Ο χρήστης δεν υπάρχει', 'user_not_found'],
  ['Δεν ήταν δυνατή η εύρεση της διεύθυνσης ηλεκτρονικού ταχυδρομείου που πληκτρολογήσατε.', 'user_not_found'],
  ['552 5.2.2 Το γραμματοκιβώτιο του παραλήπτη είναι πλήρες', 'mailbox_full'],
  ['550 5.2.1 Ο λογαριασμός έχει απενεργοποιηθεί', 'mailbox_disabled'],
  ['552 5.3.4 Το μήνυμα είναι πολύ μεγάλο', 'message_too_large'],
  ['554 5.7.1 Το μήνυμα απορρίφθηκε ως ανεπιθύμητο', 'spam_filter'],
];
