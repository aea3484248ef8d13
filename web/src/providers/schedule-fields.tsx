import { FormField } from '../parts/form-field.tsx';
import type { FormState, Problems } from './form-state.ts';

interface Props {
  form: FormState;
  onChange: (part: Partial<FormState>) => void;
  problems: Problems;
}

export function ScheduleFields({ form, onChange, problems }: Props) {
  return (
    <fieldset className="group">
      <legend>Schedule</legend>
      <label className="check">
        <input
          type="checkbox"
          checked={form.autoDiscover}
          onChange={({ target }) => onChange({ autoDiscover: target.checked })}
        />
        Synced by itself, by a watcher
      </label>
      {form.autoDiscover && (
        <div className="pair">
          <FormField
            label="Every … minutes"
            value={form.interval}
            onChange={(interval) => onChange({ interval, cron: '' })}
            problem={problems.interval}
            placeholder="as the watcher is set"
          />
          <FormField
            label="Or a cron expression"
            value={form.cron}
            onChange={(cron) => onChange({ cron, interval: '' })}
            placeholder="*/15 * * * *"
            isMono
          />
        </div>
      )}
    </fieldset>
  );
}
