// A person's own settings; each choice shows at once.
import { Dialog } from '../kit/Dialog'
import { Segmented } from '../kit/Segmented'
import { language, t } from '../locale/i18n'
import { CalendarAddress } from './CalendarAddress'
import { chooseDensity, chooseLanguage, chooseTheme, densities, density, languages, theme, themes } from './settings'

export function SettingsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label={t('settings')} onClose={onClose}>
      <div class="dialog-body">
        <Segmented label={t('theme')} name="theme" value={theme.value} onChange={chooseTheme} options={themes.map((value) => ({ value, label: t(value) }))} />
        <Segmented label={t('density')} name="density" value={density.value} onChange={chooseDensity} options={densities.map((value) => ({ value, label: t(value) }))} />
        <Segmented label={t('language')} name="language" value={language.value} onChange={(value) => void chooseLanguage(value)}
          options={(Object.keys(languages) as (keyof typeof languages)[]).map((value) => ({ value, label: languages[value] }))} />
        <CalendarAddress />
      </div>
    </Dialog>
  )
}
