import { Alert, Button, Stack } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { messageOf } from '../../core/studio-error';

/** Shows an error message instead of a blank page when a component can't be rendered. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { message: string | null }> {
  override state = { message: null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    return { message: messageOf(error) };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <Alert color="red" title="This part of the page could not be drawn" m="md">
        <Stack align="flex-start">
          {this.state.message}
          <Button size="xs" onClick={() => location.reload()}>
            Reload the page
          </Button>
        </Stack>
      </Alert>
    );
  }
}
