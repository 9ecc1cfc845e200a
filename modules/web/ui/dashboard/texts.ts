import en from '../locale/dashboards_en.json'
import ru from '../locale/dashboards_ru.json'
import { textsOf } from '../locale/i18n'

export const td = textsOf({ en, ru })
