// Live clients in a process of their own: half over socket.io, half over server-sent events. Prints `ready` when all are
// connected, and at its end one JSON line: { clients, megabytes, messages, dropped, lost }.
import { get } from 'node:http';
import { io } from 'socket.io-client';

const { apiUrl, token, clients, filters } = JSON.parse(process.argv[2]);
const figures = { clients, megabytes: 0, messages: 0, dropped: 0, lost: 0 };
const ends = [];

function overSocket(q) {
  const socket = io(`${apiUrl}/live`, {
    transports: ['websocket'],
    forceNew: true,
    auth: { token, q, batch: true },
  });
  // What arrives is not parsed further than the client itself does: the watchers share the processor with what is measured.
  socket.on('events', () => (figures.messages += 1));
  socket.on('dropped', ({ count }) => (figures.dropped += count));
  socket.on('disconnect', (reason) => reason !== 'io client disconnect' && (figures.lost += 1));
  ends.push(() => socket.disconnect());
  return new Promise((resolve) => socket.once('connect', resolve));
}

function overEvents(q) {
  return new Promise((resolve) => {
    const request = get(
      `${apiUrl}/api/v1/events?q=${encodeURIComponent(q)}`,
      { headers: { authorization: `Bearer ${token}` }, agent: false },
      (response) => {
        response.on('data', (chunk) => {
          figures.megabytes += chunk.length / 2 ** 20;
          figures.messages += 1;
        });
        response.once('data', resolve);
        response.once('close', () => (figures.lost += ending ? 0 : 1));
      },
    );
    request.on('error', () => undefined);
    ends.push(() => request.destroy());
  });
}

let ending = false;
for (let n = 0; n < clients; n += 50) {
  const open = Array.from({ length: Math.min(50, clients - n) }, (_, at) =>
    (at % 2 === 0 ? overSocket : overEvents)(filters[(n + at) % filters.length]),
  );
  await Promise.all(open);
}
console.log('ready');
process.once('SIGTERM', () => {
  ending = true;
  ends.forEach((end) => end());
  console.log(JSON.stringify({ ...figures, megabytes: Math.round(figures.megabytes) }));
  process.exit(0);
});
