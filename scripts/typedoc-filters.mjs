// A typedoc plugin: the options of a filter are documented by their declarations, so that is the text of the reference.
import { Comment, Converter, ReflectionKind } from 'typedoc'
import { filters } from '../ts/filters/index.ts'

const byName = new Map(filters.map((filter) => [filter.name, filter.params]))

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      const [filter, , option] = property.getFullName().split('.')
      const declared = byName.get(filter)?.[option]
      if (declared) property.comment ??= new Comment([{ kind: 'text', text: declared.doc }])
    }
  })
}
