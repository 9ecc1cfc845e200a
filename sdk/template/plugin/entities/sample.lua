entity "sample_item" {
  label = { en = "Item", ru = "Предмет" }, label_plural = { en = "Items", ru = "Предметы" }, title = "name",
  fields = {
    name = text { required = true, search = true, label = { en = "Name", ru = "Название" } },
    holder = ref "organization" { label = { en = "Holder", ru = "Владелец" } },
    ends_on = date { label = { en = "Ends", ru = "Конец" } },
  },
}
extend "organization" {
  fields = { sample_seen = boolean { label = { en = "Has items", ru = "Есть предметы" } } },
}
