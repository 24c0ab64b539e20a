import { ForeignText } from '../pieces/foreign-text.js';
import { readConditions } from './read-conditions.js';
import classes from './row-drawer.module.css';

/** What the rule asked and what it saw: why it matched. */
export function RowConditions({ conditions }: { readonly conditions: unknown }) {
  const read = readConditions(conditions);
  if (read.length === 0) return null;
  return (
    <table className={classes['conditions']}>
      <caption>Conditions that matched</caption>
      <thead>
        <tr>
          <th scope="col">Attribute</th>
          <th scope="col">Asked</th>
          <th scope="col">Was</th>
        </tr>
      </thead>
      <tbody>
        {read.map(({ attribute, operator, expected, actual }, index) => (
          <tr key={index}>
            <td>
              <ForeignText text={attribute} mono longest={200} />
            </td>
            <td>
              {operator} <ForeignText text={expected} mono longest={300} />
            </td>
            <td>
              <ForeignText text={actual} mono longest={300} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
