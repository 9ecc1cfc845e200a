-- Products: what is sold, at which price and cost.

directory "product_category" { label = { en = "Product categories", ru = "Категории товаров" } }
directory "product_series" { label = { en = "Product series", ru = "Серии товаров" } }

directory "unit" {
  label = { en = "Units", ru = "Единицы измерения" },
  items = {
    { code = "piece", label = { en = "Piece", ru = "Штука" } },
    { code = "hour", label = { en = "Hour", ru = "Час" } },
    { code = "month", label = { en = "Month", ru = "Месяц" } },
    { code = "kilogram", label = { en = "Kilogram", ru = "Килограмм" } },
    { code = "metre", label = { en = "Metre", ru = "Метр" } },
  },
}

directory "tax" {
  label = { en = "Taxes", ru = "Налоги" },
  items = {
    { code = "none", label = { en = "No tax", ru = "Без НДС" } },
    { code = "10", label = { en = "10 %", ru = "10 %" } },
    { code = "20", label = { en = "20 %", ru = "20 %" } },
  },
}

entity "product" {
  label = { en = "Product", ru = "Товар" },
  label_plural = { en = "Products", ru = "Товары" },
  icon = "package",
  title = "name",
  fields = {
    code = text { search = true, label = { en = "Code", ru = "Артикул" } },
    name = text { required = true, search = true, sort = true, label = { en = "Name", ru = "Название" } },
    category = choice "product_category" { label = { en = "Category", ru = "Категория" } },
    series = choice "product_series" { label = { en = "Series", ru = "Серия" } },
    unit = choice "unit" { label = { en = "Unit", ru = "Единица" } },
    cost = money { label = { en = "Cost", ru = "Себестоимость" } },
    price = money { label = { en = "Price", ru = "Цена" } },
    tax = choice "tax" { label = { en = "Tax", ru = "Налог" } },
    active = boolean { default = "true", label = { en = "Active", ru = "Действует" } },
    image = file { label = { en = "Picture", ru = "Изображение" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
  rules = {
    {
      when = "price ~= nil and price < 0",
      refuse = "price",
      message = { en = "A price cannot be negative", ru = "Цена не может быть отрицательной" },
    },
  },
}
