// Keeps a failing part from taking the page with it.
import { Component, type ComponentChildren } from 'preact'
import { ErrorCard } from './ErrorCard'

export class ErrorBoundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state = { error: null as unknown }
  static override getDerivedStateFromError(error: unknown) { return { error } }
  override render() {
    return this.state.error ? <ErrorCard error={this.state.error} retry={() => this.setState({ error: null })} /> : <>{this.props.children}</>
  }
}
