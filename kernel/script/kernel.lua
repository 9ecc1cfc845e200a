-- The kernel's own entities: people and teams, directories, currencies, pipelines, files, settings.
-- Part of the program; modules build on these names.

directory "user_kind" {
  label = { en = "Kinds of user", ru = "Виды пользователей" },
  items = {
    { code = "person", label = { en = "Person", ru = "Человек" } },
    { code = "service", label = { en = "Service", ru = "Служба" } },
    { code = "portal", label = { en = "Portal visitor", ru = "Посетитель портала" } },
  },
}

directory "region" { label = { en = "Regions", ru = "Регионы" } }

directory "stage_kind" {
  label = { en = "Kinds of stage", ru = "Виды стадий" },
  items = {
    { code = "open", label = { en = "Open", ru = "Открыта" } },
    { code = "won", label = { en = "Won", ru = "Выиграна" }, color = "green" },
    { code = "lost", label = { en = "Lost", ru = "Проиграна" }, color = "red" },
    { code = "hold", label = { en = "On hold", ru = "Отложена" }, color = "gray" },
  },
}

entity "user" {
  label = { en = "User", ru = "Пользователь" }, label_plural = { en = "Users", ru = "Пользователи" },
  icon = "user", title = "name", system = true, resident = true,
  fields = {
    login = text { required = true, unique = true, search = true, max = 200, label = { en = "Login", ru = "Логин" } },
    name = text { search = true, sort = true, label = { en = "Name", ru = "Имя" } },
    emails = emails { search = true, label = { en = "E-mails", ru = "Эл. почта" } },
    phones = phones { search = true, label = { en = "Phones", ru = "Телефоны" } },
    active = boolean { default = true, label = { en = "Active", ru = "Действует" } },
    manager = ref "user" { label = { en = "Manager", ru = "Руководитель" } },
    role = ref "role" { label = { en = "Role", ru = "Роль" } },
    language = text { max = 20, label = { en = "Language", ru = "Язык" } },
    zone = text { max = 60, label = { en = "Time zone", ru = "Часовой пояс" } },
    kind = choice "user_kind" { default = "'person'", open = false, label = { en = "Kind", ru = "Вид" } },
  },
}

entity "team" {
  label = { en = "Team", ru = "Команда" }, label_plural = { en = "Teams", ru = "Команды" },
  icon = "users", title = "name", system = true, resident = true,
  fields = {
    name = text { required = true, search = true, sort = true, label = { en = "Name", ru = "Название" } },
    parent = ref "team" { label = { en = "Part of", ru = "Входит в" } },
    head = ref "user" { label = { en = "Head", ru = "Руководитель" } },
    region = choice "region" { label = { en = "Region", ru = "Регион" } },
  },
  rules = {
    {
      when = "parent ~= nil and parent == id", refuse = "parent",
      message = { en = "A team cannot be part of itself", ru = "Команда не может входить в саму себя" },
    },
  },
}

entity "role" {
  label = { en = "Role", ru = "Роль" }, label_plural = { en = "Roles", ru = "Роли" },
  icon = "shield", title = "name", system = true, resident = true,
  fields = {
    name = text { required = true, unique = true, max = 48, label = { en = "Name", ru = "Имя" } },
    label = text { label = { en = "Label", ru = "Название" } },
    label_ru = text { label = { en = "Label in Russian", ru = "Название по-русски" } },
  },
  rules = {
    {
      when = "external_id == 'seed:role:admin' and name ~= 'admin'", refuse = "name", code = "reserved_name",
      message = { en = "The role of administrators keeps its name; change its label", ru = "Роль администраторов сохраняет имя; измените её название" },
    },
  },
}

entity "directory" {
  label = { en = "Directory", ru = "Справочник" }, label_plural = { en = "Directories", ru = "Справочники" },
  icon = "list", title = "name", system = true, resident = true,
  fields = {
    name = text { required = true, unique = true, max = 48, label = { en = "Name", ru = "Имя" } },
    label = text { label = { en = "Label", ru = "Название" } },
    label_ru = text { label = { en = "Label in Russian", ru = "Название по-русски" } },
  },
}

entity "directory_item" {
  label = { en = "Directory item", ru = "Значение справочника" },
  label_plural = { en = "Directory items", ru = "Значения справочников" },
  icon = "list", title = "label", system = true, resident = true,
  fields = {
    directory = ref "directory" { required = true, label = { en = "Directory", ru = "Справочник" } },
    code = text { required = true, label = { en = "Code", ru = "Код" } },
    label = text { label = { en = "Label", ru = "Название" } },
    label_ru = text { label = { en = "Label in Russian", ru = "Название по-русски" } },
    color = text { max = 20, label = { en = "Color", ru = "Цвет" } },
    position = integer { label = { en = "Position", ru = "Место" } },
    active = boolean { default = true, label = { en = "In use", ru = "Используется" } },
    leaving = boolean { label = { en = "Takes nothing new", ru = "Новых не принимает" }, help = { en = "Set while its records are being moved elsewhere", ru = "Стоит, пока записи переводятся в другое место" } },
  },
}

entity "currency" {
  label = { en = "Currency", ru = "Валюта" }, label_plural = { en = "Currencies", ru = "Валюты" },
  icon = "coins", title = "code", system = true, resident = true,
  fields = {
    code = text { required = true, unique = true, max = 3, label = { en = "Code", ru = "Код" } },
    name = text { label = { en = "Name", ru = "Название" } },
    active = boolean { default = true, label = { en = "In use", ru = "Используется" } },
  },
}

entity "currency_rate" {
  label = { en = "Exchange rate", ru = "Курс валюты" }, label_plural = { en = "Exchange rates", ru = "Курсы валют" },
  icon = "coins", system = true, resident = true,
  fields = {
    currency = ref "currency" { required = true, label = { en = "Currency", ru = "Валюта" } },
    on = date { required = true, label = { en = "From", ru = "С" } },
    rate = decimal { required = true, label = { en = "Rate", ru = "Курс" }, help = { en = "Units of the base currency for one unit", ru = "Единиц основной валюты за одну единицу" } },
  },
  rules = {
    { when = "rate ~= nil and rate <= 0", refuse = "rate", message = { en = "A rate is above zero", ru = "Курс больше нуля" } },
  },
}

entity "tag" {
  label = { en = "Tag", ru = "Метка" }, label_plural = { en = "Tags", ru = "Метки" },
  icon = "tag", title = "name", system = true, resident = true,
  fields = {
    name = text { required = true, unique = true, max = 100, label = { en = "Name", ru = "Название" } },
    color = text { max = 20, label = { en = "Color", ru = "Цвет" } },
  },
}

entity "file" {
  label = { en = "File", ru = "Файл" }, label_plural = { en = "Files", ru = "Файлы" },
  icon = "paperclip", title = "name", system = true, timeline = { by = "about" },
  fields = {
    name = text { required = true, search = true, label = { en = "Name", ru = "Имя" } },
    media_type = text { read_only = true, max = 200, label = { en = "Type", ru = "Тип" } },
    bytes = integer { read_only = true, label = { en = "Size, bytes", ru = "Размер, байт" } },
    digest = text { read_only = true, max = 64, label = { en = "SHA-256", ru = "SHA-256" } },
    about = ref_any { label = { en = "About", ru = "О чём" } },
  },
}

entity "pipeline" {
  label = { en = "Pipeline", ru = "Воронка" }, label_plural = { en = "Pipelines", ru = "Воронки" },
  icon = "filter", title = "name", system = true, resident = true,
  fields = {
    entity = text { required = true, max = 48, label = { en = "Entity", ru = "Сущность" } },
    name = text { required = true, label = { en = "Name", ru = "Название" } },
    label_ru = text { label = { en = "Name in Russian", ru = "Название по-русски" } },
    position = integer { label = { en = "Position", ru = "Место" } },
    leaving = boolean { label = { en = "Takes nothing new", ru = "Новых не принимает" }, help = { en = "Set while its records are being moved elsewhere", ru = "Стоит, пока записи переводятся в другое место" } },
  },
}

entity "stage" {
  label = { en = "Stage", ru = "Стадия" }, label_plural = { en = "Stages", ru = "Стадии" },
  icon = "git-commit", title = "name", system = true, resident = true,
  fields = {
    pipeline = ref "pipeline" { required = true, label = { en = "Pipeline", ru = "Воронка" } },
    name = text { required = true, label = { en = "Name", ru = "Название" } },
    label_ru = text { label = { en = "Name in Russian", ru = "Название по-русски" } },
    position = integer { label = { en = "Position", ru = "Место" } },
    kind = choice "stage_kind" { default = "'open'", open = false, label = { en = "Kind", ru = "Вид" } },
    probability = integer { label = { en = "Probability, %", ru = "Вероятность, %" } },
    limit_days = integer { label = { en = "Limit, days", ru = "Предел, дней" } },
    required_fields = json { label = { en = "Required fields", ru = "Обязательные поля" } },
    allowed_moves = json { label = { en = "Allowed moves", ru = "Разрешённые переходы" } },
    phase = text { label = { en = "Phase", ru = "Фаза" } },
    leaving = boolean { label = { en = "Takes nothing new", ru = "Новых не принимает" }, help = { en = "Set while its records are being moved elsewhere", ru = "Стоит, пока записи переводятся в другое место" } },
  },
  rules = {
    {
      when = "probability ~= nil and (probability < 0 or probability > 100)", refuse = "probability",
      message = { en = "A probability lies between 0 and 100", ru = "Вероятность лежит между 0 и 100" },
    },
  },
}

-- Written by the kernel alone, with each move of a record.
entity "stage_change" {
  label = { en = "Stage move", ru = "Переход по стадиям" }, label_plural = { en = "Stage moves", ru = "Переходы по стадиям" },
  icon = "git-commit", system = true, no_log = true,
  fields = {
    entity = text { max = 48, read_only = true, label = { en = "Entity", ru = "Сущность" } },
    record = ref_any { read_only = true, label = { en = "Record", ru = "Запись" } },
    pipeline = ref "pipeline" { read_only = true, index = false, label = { en = "Pipeline", ru = "Воронка" } },
    from = ref "stage" { read_only = true, index = false, label = { en = "From", ru = "Из" } },
    to = ref "stage" { read_only = true, index = false, label = { en = "To", ru = "В" } },
    at = time { read_only = true, sort = true, label = { en = "At", ru = "Когда" } },
    seconds = integer { read_only = true, label = { en = "Seconds in the stage left", ru = "Секунд в прежней стадии" } },
    actor = ref "user" { read_only = true, index = false, label = { en = "Who", ru = "Кто" } },
    changeset = integer { read_only = true, label = { en = "Changeset", ru = "Набор изменений" } },
    reverted = boolean { read_only = true, label = { en = "Undone", ru = "Отменён" } },
    imported = boolean { read_only = true, label = { en = "Imported", ru = "Импортирован" } },
  },
}

entity "number_series" {
  label = { en = "Number series", ru = "Нумератор" }, label_plural = { en = "Number series", ru = "Нумераторы" },
  icon = "hash", title = "name", system = true, resident = true,
  fields = {
    name = text { required = true, unique = true, max = 48, label = { en = "Name", ru = "Имя" } },
    format = text { max = 100, label = { en = "Format", ru = "Вид номера" }, help = { en = "{number}, {year} and {month} are filled in", ru = "Подставляются {number}, {year} и {month}" } },
    digits = integer { label = { en = "Digits at least", ru = "Знаков не меньше" } },
    yearly = boolean { label = { en = "Starts anew each year", ru = "Каждый год сначала" } },
  },
}

entity "setting" {
  label = { en = "Setting", ru = "Настройка" }, label_plural = { en = "Settings", ru = "Настройки" },
  icon = "settings", title = "key", system = true, resident = true,
  fields = {
    key = text { required = true, unique = true, max = 100, label = { en = "Key", ru = "Ключ" } },
    value = long_text { label = { en = "Value", ru = "Значение" } },
  },
}

-- What a person is told. `text` is for who sends it and is shown with what it is about, or not at all.
entity "notification" {
  label = { en = "Notification", ru = "Уведомление" },
  label_plural = { en = "Notifications", ru = "Уведомления" },
  icon = "bell", title = "kind", system = true, unlisted = true,
  fields = {
    user = ref "user" { required = true, label = { en = "For", ru = "Кому" } },
    kind = text { required = true, max = 40, label = { en = "Kind", ru = "Вид" } },
    about = ref_any { label = { en = "About", ru = "О чём" } },
    actor = ref "user" { label = { en = "By", ru = "От кого" } },
    text = text { label = { en = "Text", ru = "Текст" } },
    read_at = time { label = { en = "Read", ru = "Прочитано" } },
    key = text { unique = true, max = 200, label = { en = "Once", ru = "Единожды" } },
  },
}

-- What every role may read, so that names, choices and stages can be shown.
role "everyone" {
  entities = {
    user = { read = true, only = { "login", "name", "emails", "phones", "team", "manager", "active" } },
    team = { read = true },
    directory = { read = true },
    directory_item = { read = true },
    pipeline = { read = true },
    stage = { read = true },
    currency = { read = true },
    currency_rate = { read = true },
    tag = { read = true, create = true },
    notification = { read = "user == me()", only = { "user", "kind", "actor", "read_at" } },
  },
}
