export const HELP = `Portcullis: governs the tool calls of AI agents.

Usage: npm start [-- options]

Starts everything on this machine: an embedded Postgres, a ClickHouse engine and the services. Installs and builds
first when something changed. Stops on Ctrl-C; the data stays.

Options
  --bare   without the MCP reference server, its connection "everything" and the sample policy
  --demo   makes some calls after the start, for something to look at
  --help   this text

Settings (environment)
  PORTCULLIS_DATA_DIR        data folder (.portcullis); bootstrap.json in it holds the first keys
  PORTCULLIS_HOST            address to listen on (127.0.0.1)
  PORTCULLIS_API_PORT        API (4000)
  PORTCULLIS_GATEWAY_PORT    gateway (4100)
  PORTCULLIS_POSTGRES_URL    an external PostgreSQL 15+ instead of the embedded one
  PORTCULLIS_CLICKHOUSE_URL  an external ClickHouse 26.3+ instead of the embedded engine
  PORTCULLIS_KAFKA_BROKERS   Kafka as the event log instead of Postgres
  docs/configuration.md lists all.`;

/**
 * @param {readonly string[]} argv
 * @returns {{ help: boolean, bare: boolean, demo: boolean }}
 */
export function parseArguments(argv) {
  const options = { help: false, bare: false, demo: false };
  for (const argument of argv) {
    if (argument === '--help' || argument === '-h') options.help = true;
    else if (argument === '--bare') options.bare = true;
    else if (argument === '--demo') options.demo = true;
    else throw new Error(`Unknown option ${argument}; npm start -- --help lists them.`);
  }
  if (options.bare && options.demo)
    throw new Error('--demo calls the reference server, which --bare leaves out.');
  return options;
}
