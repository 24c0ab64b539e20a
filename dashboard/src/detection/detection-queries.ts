import { queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf, type DataOf } from '../api/client.js';

export type DetectionView = DataOf<'/api/v1/anomaly-settings', 'get'>;
export type DetectionSettings = DetectionView['organization'];

export const DETECTION = ['anomaly-settings'];

export const detectionQuery = queryOptions({
  queryKey: DETECTION,
  queryFn: (): Promise<DetectionView> => dataOf(api.GET('/api/v1/anomaly-settings')),
});

/** `connection` null: of the organization. */
export function saveDetection(connection: string | null, body: DetectionSettings) {
  return connection === null
    ? answerOf(api.PUT('/api/v1/anomaly-settings', { body }))
    : answerOf(api.PUT('/api/v1/anomaly-settings/{connection}', { params: { path: { connection } }, body }));
}
