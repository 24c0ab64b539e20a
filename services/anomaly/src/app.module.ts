import { Module, type DynamicModule } from '@nestjs/common';
import { CallsConsumer } from './consumption/calls.consumer.js';
import { WatchedPartitions } from './consumption/watched-partitions.js';

@Module({})
export class AppModule {
  static with(parts: { partitions: WatchedPartitions }): DynamicModule {
    return {
      module: AppModule,
      controllers: [CallsConsumer],
      providers: [{ provide: WatchedPartitions, useValue: parts.partitions }],
    };
  }
}
