/** Words that many English templates share, by name. */
export const slots: Readonly<Record<string, string>> = {
  user:
    'user|recipient|mailbox|account|address|addressee|mail account|email account|e-mail account|email address|e-mail address|mail address|' +
    'recipient address|mailbox user|user account|local user|customer|subscriber|person|alias|user name|userid|inbox|recipient mailbox|destination|member',
  isUnknown:
    "unknown|is unknown|not found|was not found|does not exist|doesn't exist|not known|is not known|could not be found|cannot be found|is invalid|invalid|" +
    'is not valid|not valid|not recognized|is not recognised|not listed|non-existent|nonexistent|is nonexistent|not present|not existing|undefined|is not here|not a valid one|no longer exists|does not seem to exist|is not a real one|unavailable or nonexistent|is not registered',
  isOff:
    'disabled|suspended|deactivated|locked|frozen|blocked|closed|terminated|cancelled|canceled|turned off|switched off|inactive|on hold|discontinued|retired|archived|expired|administratively disabled|shut down|stopped|deprovisioned',
  isFull:
    'full|is full|is over quota|over quota|has exceeded its quota|exceeds its limit|is over its limit|is at its limit|is overfull|has no space left|is out of space|is too full|has reached its limit|is currently full|quota exceeded|over the limit|is almost full|limit reached',
  box: "mailbox|inbox|mail box|mail folder|user's mailbox|recipient's mailbox|recipient mailbox|account|mail account|e-mail account|mail store|postbox|maildir|recipient inbox|user mailbox|mail spool",
  quota:
    'quota|storage limit|disk quota|mailbox quota|storage quota|space limit|storage allocation|limit|mailbox limit|mail quota|allocated space|storage space|size limit|message limit|mailbox size limit|capacity',
  domainName:
    'domain|host|domain name|hostname|host name|recipient domain|destination domain|mail domain|the domain|the host|example|this domain|destination host|destination|fqdn|domain of the recipient',
  directory:
    'directory|database|address book|user list|system|records|global address list|ldap|recipient table|user database|virtual mailbox table|local recipient table|company directory|list of users|alias table',
  site: 'server|host|site|system|mail server|machine|mailserver|service',
  domain: 'domain|organization|company|domain name',
  isListed:
    'blacklisted|blocklisted|listed|on a blacklist|on a block list|blocked|blocked for spam|banned|denylisted|on our blacklist|listed as a source of spam|temporarily blocked|rejected for poor reputation|black listed|on our deny list|in a dns blocklist|barred',
};
