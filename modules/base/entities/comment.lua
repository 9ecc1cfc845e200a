-- Comments on any record, and saved views and segments over lists.

entity "comment" {
  label = { en = "Comment", ru = "Комментарий" },
  label_plural = { en = "Comments", ru = "Комментарии" },
  title = "body",
  timeline = { by = "about", at = "created_at" },
  open = "false", -- said and not to be done
  fields = {
    about = ref_any { required = true, label = { en = "About", ru = "О чём" } },
    body = long_text { required = true, search = true, label = { en = "Text", ru = "Текст" } },
    mentions = links "user" { label = { en = "Mentions", ru = "Упомянуты" } },
  },
}

entity "saved_view" {
  label = { en = "Saved view", ru = "Сохранённый вид" },
  label_plural = { en = "Saved views", ru = "Сохранённые виды" },
  title = "name",
  open = "shared == true",
  fields = {
    name = text { required = true, label = { en = "Name", ru = "Название" } },
    entity = text { required = true, max = 64, label = { en = "Entity", ru = "Сущность" } },
    filter = long_text { label = { en = "Filter", ru = "Отбор" } },
    columns = json { label = { en = "Columns", ru = "Столбцы" } },
    sort = text { label = { en = "Sort", ru = "Порядок" } },
    shared = boolean { label = { en = "Shared", ru = "Общий" } },
    position = integer { label = { en = "Position", ru = "Место" } },
  },
}

-- With a filter the records that it picks; without one a list, where records stand by their field `segments`.
entity "segment" {
  label = { en = "Segment", ru = "Сегмент" },
  label_plural = { en = "Segments", ru = "Сегменты" },
  title = "name",
  fields = {
    name = text { required = true, search = true, label = { en = "Name", ru = "Название" } },
    entity = text { required = true, max = 64, label = { en = "Entity", ru = "Сущность" } },
    filter = long_text { label = { en = "Filter", ru = "Отбор" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
}
