/**
 * Newsletters, which WhatsApp calls channels as well: those that a number owns, follows or has got something from. WhatsApp
 * Web has no list of them to compare with, so what is on record is what was done or read here, or told.
 *
 * Imports contacts, instances, events, customers, audit, network, db, platform and lib.
 */
export type { NewsletterFields, NewsletterInfo } from '../../network/index.ts';
export {
  listNewsletters,
  type Newsletter,
  type NewsletterView,
  newsletterLink,
  requireNewsletter,
  viewNewsletter,
} from './newsletters.ts';
export {
  recordNewsletter,
  recordNewsletterChange,
  recordNewsletterDeleted,
  recordNewsletterHeard,
} from './record-newsletter.ts';
