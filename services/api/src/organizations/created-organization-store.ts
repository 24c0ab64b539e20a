/** Which organizations people made themselves. */
export abstract class CreatedOrganizationStore {
  /**
   * Counts one more for the person and lets them in, before it exists: with nobody listed there yet that opens nothing. False when they have made
   * `most` others already.
   */
  abstract claim(userId: string, tenantId: string, most: number): Promise<boolean>;
  /** It did not come to be. */
  abstract release(userId: string, tenantId: string): Promise<void>;
}
