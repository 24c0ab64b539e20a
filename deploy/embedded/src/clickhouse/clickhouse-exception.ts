/** An error in ClickHouse's own words: `Code: 62. DB::Exception: ... (SYNTAX_ERROR)`. */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException';

  constructor(
    readonly code: number,
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options);
  }

  static of(code: number, type: string, message: string): ClickHouseException {
    return new ClickHouseException(code, `Code: ${code}. DB::Exception: ${message} (${type})`);
  }

  /** Reads the engine's error; what is none of ClickHouse's becomes code 1002 (UNKNOWN_EXCEPTION). */
  static from(error: unknown): ClickHouseException {
    if (error instanceof ClickHouseException) return error;
    const message = error instanceof Error ? error.message : String(error);
    const code = /Code: (\d+)\. DB::Exception/.exec(message)?.[1];
    if (code !== undefined) return new ClickHouseException(Number(code), message, { cause: error });
    return new ClickHouseException(1002, `Code: 1002. DB::Exception: ${message} (UNKNOWN_EXCEPTION)`, {
      cause: error,
    });
  }

  /** The HTTP status a ClickHouse server gives this code. */
  get status(): number {
    return STATUS[this.code] ?? 500;
  }
}

const STATUS: Record<number, number> = {
  6: 400, // CANNOT_PARSE_TEXT
  26: 400, // CANNOT_PARSE_QUOTED_STRING
  27: 400, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  38: 400, // CANNOT_PARSE_DATE
  41: 400, // CANNOT_PARSE_DATETIME
  43: 400, // ILLEGAL_TYPE_OF_ARGUMENT
  44: 400, // ILLEGAL_COLUMN
  46: 404, // UNKNOWN_FUNCTION
  47: 404, // UNKNOWN_IDENTIFIER
  48: 501, // NOT_IMPLEMENTED
  50: 404, // UNKNOWN_TYPE
  53: 400, // TYPE_MISMATCH
  60: 404, // UNKNOWN_TABLE
  62: 400, // SYNTAX_ERROR
  72: 400, // CANNOT_PARSE_NUMBER
  73: 404, // UNKNOWN_FORMAT
  81: 404, // UNKNOWN_DATABASE
  115: 404, // UNKNOWN_SETTING
  130: 400, // CANNOT_READ_ARRAY_FROM_TEXT
  159: 408, // TIMEOUT_EXCEEDED
  194: 401, // REQUIRED_PASSWORD
  202: 503, // TOO_MANY_SIMULTANEOUS_QUERIES
  216: 500, // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING
  394: 400, // QUERY_WAS_CANCELLED
  456: 400, // UNKNOWN_QUERY_PARAMETER
  516: 403, // AUTHENTICATION_FAILED
};
