/** A request that may be refused. Everything it needs, the time and new ids included, is in it. */
export interface Command<Type extends string = string> {
  readonly type: Type;
}
