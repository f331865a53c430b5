/**
 * What became of a mail, in the words of mail systems without a report part, in many languages: subjects that say that something
 * failed, words that say that it is still tried, that it was given up, that it arrived. All lower case.
 */
import type { ReportAction } from '../event.ts';
import type { Envelope, Notification } from './letter.ts';

// In subjects; English ones stand with the score of prose.
export const failedSubjects = words(
  'zustellfehler|zustellung nicht möglich|unzustellbarkeit|konnte nicht zugestellt|fehlgeschlagen|' +
    'rückläufer|non recapitabil|impossibile recapitare|errore di consegna|consegna fallita|' +
    "échec de distribution|echec de la distribution|échec de la distribution|échec d'envoi|" +
    "échec de livraison|notification d'échec|no se puede entregar|no se ha podido entregar|error de entrega|" +
    'entrega fallida|no se entregó|no ha podido entregarse|não é possível entregar|falha na entrega|' +
    'não pôde ser entregue|falha ao entregar|nao entregue|niet afgeleverd|bezorging mislukt|' +
    'kon niet worden bezorgd|aflevering mislukt|nie można dostarczyć|nieudane dostarczenie|błąd dostarczania|' +
    'nie doręczono|niedoręczon|nie została dostarczona|сбой доставки|недоставк|возврат письма|' +
    'невозможность доставки|не удалось доставить|не может быть доставлен|не вдалося доставити|' +
    'неможливо доставити|помилка доставки|недоставлен|nedoručen|nebyla doručena|nepodařilo se doručit|' +
    'nedoručiteľn|nebola doručená|teslim edilmedi|gönderilemedi|iletilemedi|ulaştırılamadı|teslim hatası|' +
    'inte levererat|kunde inte levereras|leveransfel|kan ikke leveres|kunne ikke leveres|ikke leveret|' +
    'ikke levert|toimittamaton|toimitus epäonnistui|ei voitu toimittaa|nem kézbesíthető|' +
    'sikertelen kézbesítés|kézbesítési hiba|δεν παραδόθηκε|αποτυχία παράδοσης|nelivrabil|' +
    'nu a putut fi livrat|eroare de livrare|お届けできません|配信できません|配信失敗|送信失敗|未配信|不達|投递失败|发送失败|退件|寄件失敗|傳遞失敗|無法傳遞|' +
    '無法送達|无法传递|無法投遞|배달되지 않음|배달 실패|발송 실패|발송실패|전송실패|배달할 수 없|수신 실패|verzögert|retardée|retrasada|in ritardo|' +
    'atrasada|vertraagd|opóźnieni|отложена|задержка|затримк|zpožděn|gecikti|försenad|forsinket|késés|配信遅延|遅延|' +
    '延迟|延遲|지연',
);
/** Of a mail that is still tried. */
export const delayWords = words(
  'has not yet been delivered|not been delivered yet|has been delayed|not yet received your message|a delay in the delivery|warning message only|will be retried|' +
    'will keep trying|still being retried|delivery attempts will continue|will continue to try|' +
    'message still undelivered|delivery is delayed|is delayed for more than|delivery has been delayed|temporarily undeliverable|verzögert|verzoegert|' +
    'verspätet sich|weiterhin versucht|wird noch weitere|weiter versucht|weitere zustellversuche|weitere zustellungsversuche|' +
    'noch nicht zugestellt werden|est retardé|retardée|a été retardé|pas encore été|continuera à essayer|' +
    "continuera d'essayer|continuera ses tentatives|inutile de le renvoyer|retard de remise|se ha retrasado|" +
    'está retrasad|entrega retrasada|retraso en la entrega|aún no se ha entregado|todavía no se ha entregado|' +
    'aún no ha sido entregado|seguirá intent|continuará intent|seguiremos intent|in ritardo|' +
    'è stato ritardato|ritardo nella consegna|non è stato ancora|non è ancora stato|continuerà a provare|' +
    'continuerà a tentare|ulteriori tentativi|está atrasad|entrega atrasada|atraso na entrega|' +
    'ainda não foi entregue|continuará tent|continuará a tent|continuaremos tent|foi adiada|vertraagd|' +
    'nog niet bezorgd|nog niet afgeleverd|blijft het nog|blijven proberen|blijft proberen|opóźni|' +
    'będzie ponawia|będą ponawiane|nie została jeszcze dostarczona|kolejne próby doręczenia|' +
    'доставка отложена|задерживается|задержка доставки|доставка задержана|попытки доставки будут|' +
    'ещё не доставлен|еще не доставлен|продолжит попытки|доставка затримується|доставку відкладено|' +
    'затримка доставки|спроби доставки|ще не доставлен|zpožd|doručení odloženo|bude pokoušet|' +
    'zatím nebyla doručena|dosud nebyla doručena|oneskoren|oneskorí|gecikti|gecikmiş|gecikme|geciktiril|' +
    'denemeye devam|henüz teslim edil|försenad|fördröjd|fortsätter att försöka|forsinket|forsinkelse|' +
    'fortsat forsøge|fortsatt forsøke|viivästy|yrittää edelleen|késik a kézbesítés|késedelm|tovább próbál|' +
    'késleltet|καθυστέρηση|καθυστερεί|a fost întârziată|întârziere|va continua să încerce|配信遅延|遅延して|遅れています|' +
    '配信を試み|再送を試み|引き続き配信|まだ配信されて|まだ届いて|延迟投递|投递延迟|延遲傳遞|傳遞延遲|邮件延迟|郵件延遲|已延迟|已延遲|尚未送达|尚未送達|尚未投递成功|继续尝试|繼續嘗試|지연되고|' +
    '지연되었|배달 지연|전송 지연|계속 배달을 시도|계속 시도|계속 전송을 시도',
);
// After these, what was delayed before is over.
export const finalWords = words(
  'giving up|given up|permanent error|failed permanently|returned to sender|was aborted|gave up|' +
    'permanent fatal|endgültig|aufgegeben|définitiv|abandonn|definitivamente|in via definitiva|desistiu|' +
    'opgegeven|definitief|ostatecznie|zaniechano|окончательно|прекращен|остаточно|припинено|definitivně|' +
    'vazgeçil|kalıcı olarak|lopullisesti|slutgiltig|végleg|οριστικά|definitiv |配信を中止|配信を断念|再送を中止|已放弃|已放棄|' +
    '停止投递|停止投遞|停止尝试|시도를 중단|포기',
);
// Said of the mail as a whole; a failure is never told in these words.
export const arrivedWords = words(
  'has been delivered to the following|have been delivered to the following|was successfully delivered to|' +
    'has been successfully delivered to|was delivered to the following recipient|' +
    'wurde an folgende empfänger zugestellt|wurde an die folgenden empfänger zugestellt|' +
    'wurde folgenden empfängern zugestellt|wurde erfolgreich zugestellt|' +
    'a été remis aux destinataires suivants|a été remis au destinataire suivant|a été remis à|' +
    'a bien été remis|a été distribué avec succès|se entregó a los siguientes|' +
    'se ha entregado a los siguientes|se entregó correctamente|ha sido entregado correctamente|' +
    'fue entregado con éxito|è stato recapitato ai seguenti|è stato recapitato a|' +
    'è stato consegnato correttamente|è stato consegnato ai seguenti|foi entregue aos seguintes|' +
    'foi entregue com êxito|foi entregue com sucesso|foi entregue ao seguinte|is bezorgd bij de volgende|' +
    'is afgeleverd bij de volgende|is met succes bezorgd|została dostarczona do następujących|' +
    'zostało pomyślnie dostarczone|została pomyślnie dostarczona|доставлено следующим получателям|' +
    'было доставлено следующим|успешно доставлено|доставлено таким одержувачам|успішно доставлено|' +
    'byla doručena následujícím|byla úspěšně doručena|bola úspešne doručená|şu alıcılara teslim edildi|' +
    'başarıyla teslim edildi|aşağıdaki alıcılara teslim edildi|har levererats till följande|' +
    'har levererats till|er leveret til følgende|er levert til følgende|on toimitettu seuraaville|' +
    'a következő címzetteknek kézbesítve|sikeresen kézbesít|παραδόθηκε στους|a fost livrat următorilor|' +
    'a fost livrat cu succes|受信者に配信されました|正常に配信されました|配信が完了しました|已送达以下收件人|已成功送达|已成功投递|已傳遞給下列|已成功傳遞|已成功送達|' +
    '받는 사람에게 배달되었습니다|성공적으로 배달',
);
/** `Delivered:` and `Relayed:` before the subject of the mail, as Exchange and Outlook write them. */
const arrivedSubject =
  /^(?:delivered|zugestellt|übermittelt|remis|entregado|entregue|recapitato|consegnato|bezorgd|dostarczono|доставлено|doručeno|doručené|teslim edildi|levererat|leveret|levert|toimitettu|kézbesítve|παραδόθηκε|livrat|配信済み|配信されました|已送达|已傳遞|已送達|배달됨)\s?[:：]/u;
const delayedSubject = /\bdelay(?:ed)?\b|^warning: (?:message|could not send)/u;

const failureStatus = /\b[45]\.\d{1,3}\.\d{1,3}\b/u;
/** The same words with a `not` before them; in Czech it is part of the verb. */
const negation = /(?:^|\s)(?:not|non|não|nao|no|nie|не|ne|nem|δεν|nu)\s?$/u;

/** So far down the outcome is told. */
export const outcomeWithin = 4000;

/** The action (RFC 3464 §2.3.3) that the words of a notification stand for; `failed` where they say nothing else. */
export function actionOf(envelope: Envelope, { lower, heard }: Notification): ReportAction {
  const head = lower.slice(0, outcomeWithin);
  const arrived = speaksOfArrival(head, arrivedWords[heard.arrived]) || arrivedSubject.test(envelope.subjectLower);
  if (arrived && !failureStatus.test(head)) return 'delivered';
  if (heard.final >= 0) return 'failed';
  return heard.delay >= 0 || delayedSubject.test(envelope.subjectLower) ? 'delayed' : 'failed';
}

function speaksOfArrival(lower: string, said: string | undefined): boolean {
  if (said === undefined) return false;
  const at = lower.indexOf(said);
  return !negation.test(lower.slice(Math.max(0, at - 8), at));
}

function words(list: string): readonly string[] {
  return list.split('|');
}
