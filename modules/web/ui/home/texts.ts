// The texts of the day's page, loaded with it.
import en from '../locale/home_en.json'
import ru from '../locale/home_ru.json'
import { textsOf } from '../locale/i18n'

export const th = textsOf({ en, ru })
