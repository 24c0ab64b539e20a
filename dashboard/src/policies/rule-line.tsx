import type { Rule } from '@portcullis/contracts';
import { ForeignText } from '../pieces/foreign-text.js';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import classes from './rule-line.module.css';
import { conditionTexts, obligationTexts, targetText } from './rule-text.js';

/** A rule in two lines: what it answers and its name; when, and what it owes. */
export function RuleLine({ rule }: { rule: Rule }) {
  const conditions = conditionTexts(rule.conditions);
  const obligations = obligationTexts(rule);
  return (
    <div className={classes['rule']}>
      <VerdictBadge verdict={rule.action} />
      <div className={classes['text']}>
        <div className={classes['name']}>
          <ForeignText text={rule.name} longest={200} />
        </div>
        <div className={classes['when']}>
          <code>
            <ForeignText text={targetText(rule.target)} longest={300} />
          </code>
          {conditions.map((condition, index) => (
            <span key={index}>
              {' '}
              {index === 0 ? 'when' : 'and'}{' '}
              <code>
                <ForeignText text={condition} longest={300} />
              </code>
            </span>
          ))}
        </div>
        {obligations.length > 0 && (
          <div className={classes['when']}>
            <ForeignText text={obligations.join('; ')} longest={500} />
          </div>
        )}
      </div>
    </div>
  );
}
