// What start.mjs does once everything is installed and built, with nothing to start.
import { main } from '../dist/main.js';

process.exit(await main({ bare: true, demo: false, root: '/nowhere', say: (line) => console.log(line) }));
