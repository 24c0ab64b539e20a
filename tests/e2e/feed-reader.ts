/** Reads `GET /api/v1/events` as text, as it comes. */
export class FeedReader {
  text = '';
  private readonly ended = new AbortController();

  constructor(
    private readonly apiUrl: string,
    private readonly apiKey: string,
    private readonly lastEventId?: string,
  ) {}

  /** Resolves when the stream is open: what happens from now on is shown. */
  async open(): Promise<void> {
    const response = await fetch(`${this.apiUrl}/api/v1/events`, {
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        accept: 'text/event-stream',
        ...(this.lastEventId === undefined ? {} : { 'last-event-id': this.lastEventId }),
      },
      signal: this.ended.signal,
    });
    if (response.status !== 200) throw new Error(`GET /events: ${response.status}`);
    void this.read(response);
  }

  /** Id of the first event. */
  get firstId(): string {
    return /^id: ?(.+)$/m.exec(this.text)?.[1] ?? '';
  }

  close(): void {
    this.ended.abort();
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? [])
        this.text += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch (error) {
      if (!this.ended.signal.aborted) throw error;
    }
  }
}
