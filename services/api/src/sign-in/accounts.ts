import { randomUUID } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import type { Pool } from 'pg';
import { PasswordHashes } from './password-hash.js';
import { PasswordTurns, type TurnTaker } from './password-turns.js';
import { COOKIE_PREFIX, digestOfToken } from './session-cookie.js';

export const LEAST_PASSWORD = 12;
export const LONGEST_PASSWORD = 256;
/** Where better-auth reads the address of the caller; nothing but this process sets it. */
const ADDRESS_HEADER = 'x-portcullis-address';

export interface AccountsOptions {
  /** Connections with the api's schema as their search path. */
  readonly pool: Pool;
  /** Signs cookies; at least 32 characters. */
  readonly secret: string;
  /** Whether people come by https: cookies are then `Secure`, and named so. */
  readonly secure: boolean;
  readonly sessionHours: number;
  readonly passwords?: PasswordHashes;
}

export interface Visitor {
  readonly address: string;
  readonly userAgent: string;
}

export interface SignedIn {
  readonly userId: string;
  readonly token: string;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

/**
 * Users, their passwords and their sessions, kept by better-auth. It is asked function by function: none of its own
 * routes is served, and its tables are made by our migrations.
 */
export class Accounts {
  readonly passwords: PasswordHashes;
  readonly #auth: ReturnType<typeof authOf>;
  readonly #turns = new PasswordTurns();

  constructor(private readonly options: AccountsOptions) {
    this.passwords = options.passwords ?? new PasswordHashes();
    this.#auth = authOf(options, this.passwords);
  }

  /**
   * Null when there is no such account or the password is another: the two take the same time. Rejects with 503 `auth.busy`, as
   * all that works on passwords does.
   */
  async signIn(
    email: string,
    password: string,
    visitor: Visitor,
    taker: TurnTaker,
  ): Promise<SignedIn | null> {
    try {
      const { headers, response } = await this.#turns.use(taker, () =>
        this.#auth.api.signInEmail({
          body: { email: email.toLowerCase(), password },
          headers: new Headers({ [ADDRESS_HEADER]: visitor.address, 'user-agent': visitor.userAgent }),
          returnHeaders: true,
        }),
      );
      return { userId: response.user.id, token: response.token, cookies: headers.getSetCookie() };
    } catch (error) {
      if (error instanceof APIError && error.statusCode < 500) return null;
      throw error;
    }
  }

  /** The user's id; null when the address has an account. User and password come to be together, or not at all. */
  async create(email: string, name: string, password: string): Promise<string | null> {
    const hash = await this.#turns.use(BELONGS_HERE, () => this.passwords.hash(password));
    const { rows } = await this.options.pool.query<{ user_id: string }>(
      `with person as (insert into users (id, email, name) values ($1, $2, $3) on conflict (email) do nothing returning id)
       insert into accounts (id, user_id, account_id, provider_id, password) select $4, id, id, 'credential', $5 from person returning user_id`,
      [randomUUID(), email.toLowerCase(), name, randomUUID(), hash],
    );
    return rows[0]?.user_id ?? null;
  }

  isPassword(userId: string, password: string, taker: TurnTaker): Promise<boolean> {
    return this.#turns.use(taker, () => this.#verify(userId, password));
  }

  async #verify(userId: string, password: string): Promise<boolean> {
    const { internalAdapter } = await this.#auth.$context;
    const account = (await internalAdapter.findAccounts(userId)).find(
      ({ providerId }) => providerId === 'credential',
    );
    return this.passwords.verify(account?.password ?? '', password);
  }

  async changePassword(userId: string, password: string): Promise<void> {
    const { internalAdapter } = await this.#auth.$context;
    const hash = await this.#turns.use(BELONGS_HERE, () => this.passwords.hash(password));
    await internalAdapter.updatePassword(userId, hash);
  }

  /** `Set-Cookie` that makes a browser forget the login. */
  forget(): string {
    const secure = this.options.secure;
    return `${secure ? '__Secure-' : ''}${COOKIE_PREFIX}.session_token=; Max-Age=0; Path=/; HttpOnly; ${secure ? 'Secure; ' : ''}SameSite=Lax`;
  }
}

/** Has shown a password or an invitation. */
const BELONGS_HERE: TurnTaker = { isKnown: true, attempts: 0 };

const snake = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(
    names.map((name) => [name, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
  );
const TIMES = ['createdAt', 'updatedAt'] as const;

function authOf({ pool, secret, secure, sessionHours }: AccountsOptions, passwords: PasswordHashes) {
  return betterAuth({
    // Of no consequence: nothing is mounted, and nothing is mailed.
    baseURL: `${secure ? 'https' : 'http'}://portcullis.invalid`,
    secret,
    database: pool,
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: LEAST_PASSWORD,
      maxPasswordLength: LONGEST_PASSWORD,
      password: {
        hash: (password) => passwords.hash(password),
        verify: ({ hash, password }) => passwords.verify(hash, password),
      },
    },
    user: { modelName: 'users', fields: snake(['emailVerified', ...TIMES]) },
    account: {
      modelName: 'accounts',
      fields: snake([
        'userId',
        'accountId',
        'providerId',
        'accessToken',
        'refreshToken',
        'idToken',
        'accessTokenExpiresAt',
        'refreshTokenExpiresAt',
        ...TIMES,
      ]),
    },
    verification: { modelName: 'verifications', fields: snake(['expiresAt', ...TIMES]) },
    session: {
      modelName: 'login_sessions',
      fields: snake(['userId', 'ipAddress', 'userAgent', 'expiresAt', ...TIMES]),
      expiresIn: sessionHours * 3_600,
      disableSessionRefresh: true,
      additionalFields: {
        cookieDigest: { type: 'string', required: true, input: false, fieldName: 'cookie_digest' },
      },
    },
    databaseHooks: {
      session: {
        create: {
          before: (session) =>
            Promise.resolve({ data: { ...session, cookieDigest: digestOfToken(session.token, secret) } }),
        },
      },
    },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: secure,
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
    },
  });
}
