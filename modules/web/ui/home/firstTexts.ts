// The texts of the first steps and of demonstration data.
import en from '../locale/first_en.json'
import ru from '../locale/first_ru.json'
import { textsOf } from '../locale/i18n'

export const tf = textsOf({ en, ru })
