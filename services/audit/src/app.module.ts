import { Module, type DynamicModule } from '@nestjs/common';
import { AuditConsumer } from './ingestion/audit.consumer.js';
import { BatchWriter } from './ingestion/batch-writer.js';

@Module({})
export class AppModule {
  static with(parts: { writer: BatchWriter }): DynamicModule {
    return {
      module: AppModule,
      controllers: [AuditConsumer],
      providers: [{ provide: BatchWriter, useValue: parts.writer }],
    };
  }
}
