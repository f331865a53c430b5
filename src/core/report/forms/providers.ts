/** Mailbox providers: what tells their words apart, and what frames the reason. */
import { form, type Form } from './form.ts';

export const providers: readonly Form[] = [
  form({
    format: 'yahoo',
    signs: ['message from yahoo', 'sorry, we were unable to deliver your message to the following address'],
    weight: 3,
    quotes: ['remote host said:'],
  }),
  form({ format: 'aol', signs: ['your mail to the following recipients could not be delivered'], weight: 3 }),
  form({
    format: 'netease',
    signs: [
      '抱歉，您的邮件',
      '您的邮件被退回',
      '退信',
      '邮件无法投递',
      '无法发送到',
      '未能成功送达',
      '無法投遞',
      '未能送達',
    ],
    weight: 2,
    quotes: ['退信原因：', '失败原因：', '原因：'],
  }),
  form({
    format: 'mailru',
    signs: [
      'это письмо создано автоматически',
      'письмо не может быть доставлено',
      'ваше письмо не доставлено',
      'не удалось доставить',
    ],
    weight: 2,
  }),
  form({
    format: 'naver',
    signs: ['보내신 메일이 전송되지 못했습니다', '메일 발송 실패', '메일 전송 실패', '전송되지 못했습니다', '발송실패'],
    weight: 2,
    quotes: ['실패원인 :', '실패 원인:', '실패사유 :', '실패 사유:', '원인 :'],
  }),
  form({
    format: 'ezweb',
    signs: [
      'each of the following recipients was rejected by a remote',
      'the following recipients did not receive this message',
      'the user(s) account is',
      'the following recipients haven',
    ],
    weight: 3,
  }),
  form({ format: 'kddi', signs: ['could not be delivered to: <', 'as their mailbox is full'], weight: 2 }),
  form({
    format: 'mms',
    signs: ['message could not be delivered to mobile', 'no valid recipients for this mm'],
    weight: 3,
  }),
  form({
    format: 'biglobe',
    signs: ['----- the following addresses had delivery problems -----'],
    weight: 3,
    quotes: ['----- non-delivered information -----'],
  }),
  form({
    format: 'ionos',
    signs: [
      'a mensagem não pôde ser',
      'ihre nachricht konnte nicht',
      'die folgende adresse',
      'leider konnte ihre',
      'nicht zugestellt werden',
    ],
    weight: 2,
  }),
];
