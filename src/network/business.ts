import type { Identity } from './identity.ts';

export type Weekday = 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat';

/** When a business is open on a day, in minutes since midnight there. A day may be named more than once. */
export type OpeningHours = {
  readonly timezone: string;
  readonly days: readonly (
    | {
        readonly day: Weekday;
        readonly mode: 'specific_hours';
        readonly openMinutes: number;
        readonly closeMinutes: number;
      }
    | { readonly day: Weekday; readonly mode: 'open_24h' | 'appointment_only' }
  )[];
};

/** What a business tells of itself. */
export type BusinessProfile = {
  readonly description: string | null;
  readonly category: string | null;
  readonly address: string | null;
  readonly email: string | null;
  readonly websites: readonly string[];
  readonly timezone: string | null;
  readonly hours: OpeningHours['days'];
};

/** An amount as a decimal, in the currency's own unit. */
export type Money = { readonly amount: string; readonly currency: string };

/** Something that a business sells. `reviewStatus` is WhatsApp's own word for whether it may be shown. */
export type Product = {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly price: Money | null;
  readonly retailerId: string | null;
  readonly url: string | null;
  /** On WhatsApp's own host, for a few days. */
  readonly imageUrl: string | null;
  readonly hidden: boolean;
  readonly reviewStatus: string | null;
};

export type OrderDetails = {
  readonly total: Money | null;
  readonly products: readonly (Pick<Product, 'id' | 'name' | 'price' | 'imageUrl'> & { readonly quantity: number })[];
};

/** What can be asked about businesses. Without `owner` it is the number's own. */
export type BusinessRequests = {
  /** A page of what it sells, from behind `after`, which is WhatsApp's own word for a place. */
  read_catalog: {
    input: { readonly owner?: Identity; readonly limit: number; readonly after?: string };
    answer: { readonly products: readonly Product[]; readonly after: string | null };
  };
  list_collections: {
    input: { readonly owner?: Identity };
    answer: {
      readonly collections: readonly {
        readonly id: string;
        readonly name: string;
        readonly products: readonly Product[];
      }[];
    };
  };
  /** What was ordered; the token comes with the order's message. */
  read_order: { input: { readonly orderId: string; readonly token: string }; answer: OrderDetails };
  /** What is left out stays as it is. */
  set_business_profile: {
    input: {
      readonly description?: string;
      readonly address?: string;
      readonly email?: string;
      readonly websites?: readonly string[];
      readonly hours?: OpeningHours;
    };
    answer: undefined;
  };
};
