// The texts of the board, loaded with it.
import en from '../locale/board_en.json'
import ru from '../locale/board_ru.json'
import { textsOf } from '../locale/i18n'

export const tb = textsOf({ en, ru })
