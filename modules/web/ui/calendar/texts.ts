// The texts of the calendar and of its address, loaded with it.
import en from '../locale/calendar_en.json'
import ru from '../locale/calendar_ru.json'
import { textsOf } from '../locale/i18n'

export const tc = textsOf({ en, ru })
