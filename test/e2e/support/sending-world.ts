/**
 * Where mail goes in the tests of sending: a Postfix as the relay, another as the receiver with a policy service in front
 * and the mailboxes of a Dovecot behind it. The reports of both come back to the daemon.
 *
 *   daemon ─▶ relay (refuses `refused…` itself) ─▶ receiver (`gone…` unknown, `policy…` refused, `grey…` put off once)
 *      ▲                                              └─ LMTP ─▶ Dovecot (`full…` is over quota until it is given room)
 *      └──────────────── reports ────────────────────────┘
 */
import { startDovecot, type Dovecot } from './dovecot.ts';
import { startPolicyService, type PolicyService } from './policy-service.ts';
import { startPostfix, type Postfix } from './postfix.ts';

export interface SendingWorld {
  readonly relay: Postfix;
  readonly receiver: Postfix;
  readonly dovecot: Dovecot;
  readonly policy: PolicyService;
  stop(): Promise<void>;
}

/** The domain whose mailboxes there are. */
export const boxDomain = 'box.test';
/** What the relay itself does not take. */
const relayRefusal = '550 5.1.1 User unknown in relay recipient table';

/**
 * @param returnPathDomain whose MX listens at `mxPort`.
 * @param mxPort may be one that nobody listens at yet.
 */
export async function startSendingWorld(returnPathDomain: string, mxPort: number): Promise<SendingWorld> {
  const mx = `{${returnPathDomain}=smtp:[127.0.0.1]:${mxPort}}`;
  const [dovecot, policy] = await Promise.all([startDovecot(), startPolicyService()]);
  const receiver = await startPostfix([
    'myhostname = mx.box.test',
    `virtual_mailbox_domains = ${boxDomain}`,
    `virtual_mailbox_maps = regexp:{ {/^(ok|full|policy|grey)[0-9a-z-]*@/ ok} }`,
    `virtual_transport = lmtp:inet:127.0.0.1:${dovecot.port}`,
    `transport_maps = inline:{ ${mx} }`,
    'default_transport = error:5.4.4 no route to this domain',
    `smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:${policy.port}, permit_auth_destination, reject`,
  ]);
  const relay = await startPostfix([
    'myhostname = relay.sender.test',
    `transport_maps = inline:{ ${mx}, {${boxDomain}=smtp:[127.0.0.1]:${receiver.port}} }`,
    'default_transport = error:5.4.4 no route to this domain',
    `smtpd_recipient_restrictions = check_recipient_access regexp:{ {/^refused/ ${relayRefusal}} }, permit_mynetworks, reject`,
  ]);
  return {
    relay,
    receiver,
    dovecot,
    policy,
    async stop() {
      await Promise.all([relay.stop(), receiver.stop(), policy.close(), dovecot.stop()]);
    },
  };
}
