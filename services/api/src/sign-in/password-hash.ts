import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** OWASP's setting for scrypt at 32 MiB. Stored with each hash, so that it can be raised later. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const FORMAT = /^scrypt\$(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;

/** Passwords are kept as scrypt hashes. One derivation for each question, whatever the answer. */
export class PasswordHashes {
  /** Derivations so far. */
  derivations = 0;

  constructor(private readonly cost: Pick<ScryptOptions, 'N' | 'r' | 'p'> & typeof COST = COST) {}

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#derive(password, salt, this.cost);
    const { N, r, p } = this.cost;
    return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /** False for a hash of another form, too: after as long as for one of ours. */
  async verify(hash: string, password: string): Promise<boolean> {
    const [, N = '', r = '', p = '', salt = '', key = ''] = FORMAT.exec(hash) ?? [];
    if (key === '') {
      await this.hash(password);
      return false;
    }
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), {
      N: Number(N),
      r: Number(r),
      p: Number(p),
    });
    return timingSafeEqual(derived, Buffer.from(key, 'base64url'));
  }

  #derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
    this.derivations += 1;
    return new Promise<Buffer>((resolve, reject) => {
      // NFKC: the same password typed on another keyboard is the same password.
      scrypt(
        password.normalize('NFKC'),
        salt,
        KEY_BYTES,
        { ...cost, maxmem: 64 * 1024 * 1024 },
        (error, derived) => {
          if (error) reject(error);
          else resolve(derived);
        },
      );
    });
  }
}
