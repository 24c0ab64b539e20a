/**
 * Days a row is kept, by its type alone: it is part of the table's partition, and two copies of an event must meet in
 * one. A change here holds for new events; copies of one event on both sides of it would both stay.
 */
export function retentionClassOf(rowType: string): number {
  switch (rowType) {
    case 'tool_call':
    case 'resource_read':
    case 'prompt_get':
    case 'list':
    case 'initialize':
    case 'method':
      return 400;
    case 'refusals':
      return 30;
    default:
      return 2200;
  }
}
