import {
  closestCenter,
  DndContext,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
  type DragEndEvent,
} from '@dnd-kit/core';
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from '@dnd-kit/sortable';
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconGripVertical } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { visibleText } from './hostile-text.js';
import classes from './sortable-list.module.css';

interface SortableListProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly idOf: (item: Item, index: number) => string;
  readonly nameOf: (item: Item) => string;
  readonly children: (item: Item, index: number) => ReactNode;
  readonly onMove: (from: number, to: number) => void;
  readonly disabled?: boolean;
}

/**
 * A list whose order matters. It moves by the handle: with the pointer, with Alt and an arrow, or with Space, arrows and
 * Space again, which are told to those who hear the page.
 */
export function SortableList<Item>({
  label,
  items,
  idOf,
  nameOf,
  children,
  onMove,
  disabled = false,
}: SortableListProps<Item>) {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const ids = items.map(idOf);
  const drop = ({ active, over }: DragEndEvent) => {
    const [from, to] = [ids.indexOf(String(active.id)), ids.indexOf(String(over?.id))];
    if (from >= 0 && to >= 0 && from !== to) onMove(from, to);
  };
  const step = (index: number, by: number) => {
    if (items[index + by] !== undefined) onMove(index, index + by);
  };
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop}>
      <SortableContext items={ids} strategy={verticalListSortingStrategy} disabled={disabled}>
        <ol className={classes['list']} aria-label={label}>
          {items.map((item, index) => (
            <SortableItem
              key={ids[index]}
              id={ids[index] ?? ''}
              name={nameOf(item)}
              disabled={disabled}
              onStep={(by) => step(index, by)}
            >
              {children(item, index)}
            </SortableItem>
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  );
}

interface SortableItemProps {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly onStep: (by: number) => void;
  readonly children: ReactNode;
}

function SortableItem({ id, name, disabled, onStep, children }: SortableItemProps) {
  const { setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging } =
    useSortable({ id, disabled });
  return (
    <li
      ref={setNodeRef}
      className={classes['item']}
      data-dragging={isDragging || undefined}
      style={{ transform: transform ? `translateY(${transform.y}px)` : undefined, transition }}
    >
      {!disabled && (
        <Tooltip label="Drag, or Alt with ↑ and ↓">
          <ActionIcon
            {...attributes}
            {...listeners}
            ref={setActivatorNodeRef}
            size="sm"
            className={classes['handle'] ?? ''}
            aria-label={`Move ${visibleText(name, 80)}`}
            onKeyDown={(event) => {
              const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
              if (event.altKey && by !== undefined) {
                event.preventDefault();
                onStep(by);
              } else listeners?.['onKeyDown']?.(event);
            }}
          >
            <IconGripVertical size={15} />
          </ActionIcon>
        </Tooltip>
      )}
      <div className={classes['content']}>{children}</div>
    </li>
  );
}
