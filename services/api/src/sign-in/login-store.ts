/** A login as its person sees it. Times: RFC 3339, UTC. */
export interface LoginSession {
  readonly id: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly userAgent: string;
}

/** Whose login it is, and what it may reach. */
export interface Login {
  readonly session: LoginSession;
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  /** The organization the person works in; null before the first was chosen. */
  readonly tenantId: string | null;
  /** Organizations the person has joined, the first first. Whether they are still a member is the policy service's to say. */
  readonly joined: readonly string[];
}

/** An organization a login worked in when it ended: whose gateways may still have something open for it. */
export interface EndedLogin {
  readonly sessionId: string;
  readonly tenantId: string | null;
}

/** Logins and who they belong to. Expired ones do not exist. */
export abstract class LoginStore {
  abstract find(cookieDigest: string): Promise<Login | null>;
  abstract findByToken(token: string): Promise<Login | null>;
  /** The person's, the latest first; at most 200. */
  abstract list(userId: string): Promise<LoginSession[]>;
  abstract chooseOrganization(sessionId: string, tenantId: string): Promise<void>;
  /** Ends one login of the person; null when there is none of that id. */
  abstract end(userId: string, sessionId: string): Promise<EndedLogin | null>;
  /** Ends the person's logins, one aside. */
  abstract endOthers(userId: string, exceptSessionId: string): Promise<EndedLogin[]>;
  /** The user and the organizations joined, by address in lower case. */
  abstract findUser(email: string): Promise<{ id: string; name: string; joined: readonly string[] } | null>;
  abstract join(userId: string, tenantId: string): Promise<void>;
  /** Forgets logins that have expired. */
  abstract sweep(): Promise<void>;
}
