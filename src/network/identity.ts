/** All that is known of who somebody is; any of it may be missing. `phone` is digits with country code. */
export type Identity = {
  readonly phone?: string;
  readonly lid?: string;
  /** The name the person gives themselves, not one that we gave. */
  readonly name?: string;
};
