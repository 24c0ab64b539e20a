/** The oldest Node that everything here runs on. */
export const NODE_FLOOR = [20, 19];

/**
 * Why Portcullis cannot run here, as one line, or undefined.
 * @param {{ node: string, platform: string, arch: string, glibc: string | undefined }} machine
 * @returns {string | undefined}
 */
export function platformProblem({ node, platform, arch, glibc }) {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [floorMajor, floorMinor] = NODE_FLOOR;
  if (major < floorMajor || (major === floorMajor && minor < floorMinor)) {
    return `Portcullis needs Node ${floorMajor}.${floorMinor} or newer; this is ${node}.`;
  }
  const supported = (platform === 'linux' || platform === 'darwin') && (arch === 'x64' || arch === 'arm64');
  if (!supported) {
    return `Portcullis runs on Linux and macOS, x64 or arm64; this is ${platform}-${arch}.`;
  }
  if (platform === 'linux' && glibc === undefined) {
    return 'Portcullis needs a Linux with glibc (Debian, Ubuntu, Fedora, RHEL...); this one, Alpine perhaps, has another C library.';
  }
  return undefined;
}

/** @returns {Parameters<typeof platformProblem>[0]} */
export function thisMachine() {
  return {
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    glibc: glibcVersion(),
  };
}

/** @returns {string | undefined} */
export function glibcVersion() {
  if (process.platform !== 'linux' || !process.report) return undefined;
  // Without this the report looks up the names of the peers of every open socket.
  process.report.excludeNetwork = true;
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    /** @type {unknown} */ (process.report.getReport())
  );
  return report.header.glibcVersionRuntime;
}
