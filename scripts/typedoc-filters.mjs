// A typedoc plugin: the options of a filter are documented by their declarations, so that is the text of the reference. Members of
// other inline types are covered by the comment of what they belong to.
import { Comment, Converter, ReflectionKind } from 'typedoc'
import { filters } from '../ts/filters/index.ts'

const byName = new Map(filters.map((filter) => [filter.name, filter.params]))

// Whether typedoc wants it documented as a member of an inline type; it asks for nothing inside signatures.
function isInline(property) {
  if (property.hasComment()) return false
  const owners = []
  for (let owner = property.parent; owner; owner = owner.parent) owners.push(owner)
  return (
    owners.some(({ name }) => name === '__type') &&
    !owners.some((owner) => owner.kindOf(ReflectionKind.SomeSignature))
  )
}

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const covered = new Set()
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      const name = property.getFullName()
      const path = name.split('.')
      const [filter, , option] = path.slice(
        Math.max(
          0,
          path.findIndex((part) => byName.has(part)),
        ),
      )
      const declared = byName.get(filter)?.[option]
      if (declared) property.comment ??= new Comment([{ kind: 'text', text: declared.doc }])
      else if (isInline(property)) covered.add(name)
    }
    app.options.setValue('intentionallyNotDocumented', [...covered])
  })
}
