/**
 * The routes, a file a resource: each parses, opens one transaction, calls one verb of the domain and renders its answer.
 *
 * Imports domain, bus, db, platform and lib.
 */
import type { Edge } from '../edge.ts';
import { addAccountRoutes } from './account.ts';
import { addAdminRoutes } from './admin.ts';
import { addApiKeyRoutes } from './api-keys.ts';
import { addCallRoutes } from './calls.ts';
import { addCatalogRoutes } from './catalog.ts';
import { addChatRoutes } from './chats.ts';
import { addCommunityRoutes } from './communities.ts';
import { addContactRoutes } from './contacts.ts';
import { addDeliveryRoutes } from './deliveries.ts';
import { addEndpointRoutes } from './endpoints.ts';
import { addEventRoutes } from './events.ts';
import { addGroupEntryRoutes } from './group-entry.ts';
import { addGroupPeopleRoutes } from './group-people.ts';
import { addGroupPictureRoutes } from './group-picture.ts';
import { addGroupRoutes } from './groups.ts';
import { addHealthRoutes } from './health.ts';
import { addInstanceRoutes } from './instances.ts';
import { addLabelRoutes } from './labels.ts';
import { addMediaRoutes } from './media.ts';
import { addMessageRoutes } from './messages.ts';
import { addSingleNewsletterRoutes } from './newsletter.ts';
import { addNewsletterRoutes } from './newsletters.ts';
import { addPresenceRoutes } from './presence.ts';
import { addProfileRoutes } from './profile.ts';
import { addProxyRoutes } from './proxy.ts';
import { addQrRoutes } from './qr.ts';
import { addRecipientRoutes } from './recipients.ts';
import { addReplayRoutes } from './replays.ts';
import { addSettingsRoutes } from './settings.ts';

export function addRoutes(edge: Edge): void {
  addInstanceRoutes(edge);
  addQrRoutes(edge);
  addProxyRoutes(edge);
  addSettingsRoutes(edge);
  addPresenceRoutes(edge);
  addRecipientRoutes(edge);
  addChatRoutes(edge);
  addLabelRoutes(edge);
  addContactRoutes(edge);
  addCallRoutes(edge);
  addProfileRoutes(edge);
  addCatalogRoutes(edge);
  addMessageRoutes(edge);
  addMediaRoutes(edge);
  addGroupRoutes(edge);
  addCommunityRoutes(edge);
  addGroupPeopleRoutes(edge);
  addGroupEntryRoutes(edge);
  addGroupPictureRoutes(edge);
  addNewsletterRoutes(edge);
  addSingleNewsletterRoutes(edge);
  addEndpointRoutes(edge);
  addDeliveryRoutes(edge);
  addReplayRoutes(edge);
  addEventRoutes(edge);
  addApiKeyRoutes(edge);
  addAccountRoutes(edge);
  addAdminRoutes(edge);
  addHealthRoutes(edge);
}
