import type { Feature } from '../app/feature.js';

export const tracesFeature: Feature = {};
