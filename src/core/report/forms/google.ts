/** Gmail before it sent report parts, and Google Groups. */
import { form } from './form.ts';

export const google = form({
  format: 'google',
  signs: [
    'delivery to the following recipient',
    'technical details of permanent failure',
    'technical details of temporary failure',
    '** address not found **',
    '** message not delivered **',
    '** message blocked **',
    '** delivery incomplete **',
  ],
  weight: 2,
  quotes: [
    'the error that the other server returned was:',
    'the response from the remote server was:',
    'the response was:',
    'technical details of permanent failure:',
    'technical details of temporary failure:',
  ],
});

export const googleGroups = form({
  format: 'google-groups',
  signs: ['groups.google.com/support', 'google groups\n'],
  weight: 1,
});
