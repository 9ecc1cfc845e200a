import { textsOf } from '../locale/i18n'
import en from '../locale/extend_en.json'
import ru from '../locale/extend_ru.json'

export const tx = textsOf({ en, ru })
