import { Menu } from '@base-ui/react/menu';
import { useNavigate } from '@tanstack/react-router';
import { safe } from '../parts/text.tsx';
import { useLogOut, useSession } from './session.tsx';
import { THEMES, useTheme } from './theme.ts';

export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { session, role } = useSession();
  const [theme, setTheme] = useTheme();
  const navigate = useNavigate();
  const logOut = useLogOut();
  const principal = session?.principal ?? null;
  const isLocal = principal?.via === 'local';
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet account-button">
        <span className="account-name">{principal === null || isLocal ? 'Local' : safe(principal.name)}</span>
        <span className="role">{role}</span>
        <span aria-hidden="true">▾</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="positioner">
          <Menu.Popup className="menu">
            <Menu.RadioGroup value={theme} onValueChange={setTheme}>
              {THEMES.map((one) => (
                <Menu.RadioItem key={one} value={one} className="menu-item" closeOnClick>
                  <span className="menu-mark" aria-hidden="true">
                    {one === theme ? '✓' : ''}
                  </span>
                  {THEME_WORDS[one]}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <Menu.Separator className="menu-line" />
            <Menu.Item className="menu-item" onClick={onHelp}>
              <span className="menu-mark" aria-hidden="true" />
              Keyboard shortcuts
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => void navigate({ to: '/account' })}>
              <span className="menu-mark" aria-hidden="true" />
              Account
            </Menu.Item>
            {principal === null || isLocal ? (
              <Menu.Item className="menu-item" onClick={() => void navigate({ to: '/login' })}>
                <span className="menu-mark" aria-hidden="true" />
                Log in
              </Menu.Item>
            ) : (
              <Menu.Item className="menu-item" onClick={() => void logOut()}>
                <span className="menu-mark" aria-hidden="true" />
                Log out
              </Menu.Item>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

const THEME_WORDS = { system: 'Colours of the system', light: 'Light', dark: 'Dark' } as const;
