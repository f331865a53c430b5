/**
 * The domain of the one mailbox that a From field names (RFC 5322 §3.4). Whoever may send is judged by it, so that nothing
 * counts but what every reader would take for the address: comments and quoted names can hold any other one.
 */

/** As written; null where the field names no mailbox, several, or what readers could take for different ones. Linear. */
export function mailboxDomain(field: string): string | null {
  const bare = withoutComments(field);
  if (bare === null) return null;
  const open = bare.indexOf('<');
  const inside = open < 0 ? bare.trim() : angle(bare, open);
  if (inside === null) return null;
  const at = inside.indexOf('@');
  // White space around the `@` is the obsolete syntax (§4.4).
  const [localPart, domain] = [inside.slice(0, at).trim(), inside.slice(at + 1).trim()];
  return at > 0 && atom.test(localPart) && atom.test(domain) ? domain : null;
}

/** Neither white space nor what RFC 5322 §3.2.3 keeps for itself: a second `@` is no domain. */
const atom = /^[^\s\0-\x1f"(),:;<>@[\\\]\x7f]+$/;

/** Between the one `<` and the `>` that ends the field; before it a name alone: no list, no group. */
function angle(bare: string, open: number): string | null {
  const rest = bare.slice(open + 1).trimEnd();
  const inside = rest.slice(0, -1);
  const single = rest.endsWith('>') && !/[<>]/.test(inside);
  return single && !/[,:;>]/.test(bare.slice(0, open)) ? inside : null;
}

/** The text without comments and with `"` for each quoted string; null where one does not end. */
function withoutComments(field: string): string | null {
  const kept: string[] = [];
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < field.length; at++) {
    const letter = field.charAt(at);
    if (letter === '\\' && (quoted || depth > 0)) at += 1;
    else if (quoted) quoted = letter !== '"';
    else if (letter === '(') depth += 1;
    else if (letter === ')' && depth > 0) depth -= 1;
    else if (depth === 0) {
      quoted = letter === '"';
      kept.push(letter);
    }
  }
  return quoted || depth > 0 ? null : kept.join('');
}
