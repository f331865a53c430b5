/** How urgently a person should look, 0…100. */
import type { Category } from '../classify/categories.ts';

const urgency: Partial<Record<Category, number>> = {
  reputation_block: 30,
  spam_filter: 30,
  policy_rejection: 20,
  server_error: 10,
  connection_timeout: 10,
};

export function reviewPriority(category: Category | null): number {
  return Math.min(100, 50 + (category === null ? 0 : (urgency[category] ?? 0)));
}
